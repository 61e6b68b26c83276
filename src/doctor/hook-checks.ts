import type { Attempt, Hook } from '../forge/app/port.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const pathOf = (url: URL): string => url.pathname.replace(/\/+$/, '') || '/';
const isLoopback = (url: URL): boolean => /^(?:localhost|127\.|\[::1\])/.test(url.hostname);

/** The newest attempt of each delivery, newest first. */
const lastOf = (attempts: readonly Attempt[]): readonly Attempt[] => {
  const seen = new Set<string>();
  return attempts.filter(({ delivery }) => !seen.has(delivery) && seen.add(delivery));
};

const arrived = ({ statusCode }: Attempt): boolean => statusCode >= 200 && statusCode < 300;

/**
 * @param attempts the newest deliveries: where one arrived just now, an address that looks wrong is a matter of taste (a
 * proxy that rewrites paths, a name of its own for webhooks)
 */
export const checkHook = (
  hook: Hook,
  server: { readonly publicUrl: string | null; readonly webhookPath: string },
  attempts: readonly Attempt[],
): readonly Finding[] => {
  const check = 'webhook';
  const advice = 'Set it in the settings of the App, under "Webhook".';
  const { url } = hook;
  if (url === null)
    return [
      fail(
        check,
        'the App has no webhook address',
        `${advice} It is the address of this server with \`${server.webhookPath}\`.`,
      ),
    ];
  const findings: Finding[] = [];
  const works = attempts[0] !== undefined && arrived(attempts[0]);
  const doubt = works ? warn : fail;
  if (hook.contentType !== 'json')
    findings.push(
      fail(
        check,
        `its content type is \`${hook.contentType ?? 'form'}\``,
        `${advice} It has to be \`application/json\`.`,
      ),
    );
  if (!hook.hasSecret)
    findings.push(
      fail(
        check,
        'it has no secret',
        `${advice} Use the text of \`WEBHOOK_SECRET\`: unsigned webhooks are refused.`,
      ),
    );
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null) return [...findings, fail(check, 'its address is none', advice)];
  // The path of the proxy in front comes before ours.
  const wanted = server.publicUrl === null ? null : new URL(server.publicUrl + server.webhookPath);
  const right = wanted === null ? server.webhookPath : wanted.href;
  if (
    wanted === null
      ? pathOf(address) !== pathOf(new URL(server.webhookPath, address))
      : pathOf(address) !== pathOf(wanted)
  )
    findings.push(
      doubt(
        check,
        `it goes to \`${address.href}\``,
        `${advice} It should end in \`${right}\`, unless a proxy rewrites it.`,
      ),
    );
  else if (wanted !== null && address.origin !== wanted.origin)
    findings.push(
      doubt(
        check,
        `it goes to \`${address.href}\``,
        `${advice} By \`TIDEGATE_PUBLIC_URL\` it should be \`${right}\`.`,
      ),
    );
  if (address.protocol !== 'https:' && !isLoopback(address))
    findings.push(
      warn(
        check,
        `\`${address.href}\` is not encrypted`,
        `${advice} Use https: comments and code travel in it.`,
      ),
    );
  if (address.protocol === 'https:' && !hook.verifiesTls)
    findings.push(warn(check, 'its certificate is not checked', `${advice} Enable SSL verification.`));
  return findings.length > 0 ? findings : [ok(check, `\`${address.href}\`, JSON, with a secret`)];
};

const remedyOf = ({ statusCode }: Attempt): string => {
  if (statusCode === 0)
    return 'Let GitHub reach this server: DNS, firewall, proxy, certificate, and whether it runs.';
  if (statusCode === 400 || statusCode === 401)
    return 'The secret of the App and `WEBHOOK_SECRET` differ: set both to the same text.';
  if (statusCode === 404 || statusCode === 405) return 'The path of the webhook and `WEBHOOK_PATH` differ.';
  if (statusCode === 413) return 'A proxy in front of the server takes no large bodies: let it take 26 MB.';
  if (statusCode === 415) return 'Set the content type of the webhook to `application/json`.';
  if (statusCode === 503) return 'The server was stopping, or its disk was full.';
  return 'The log of the server says why, at that time.';
};

/** Failed ones are delivered again by themselves, so only what is wrong now fails. */
export const checkDeliveries = (attempts: readonly Attempt[]): Finding => {
  const check = 'deliveries';
  const last = lastOf(attempts);
  const failed = last.filter((attempt) => !arrived(attempt));
  const [newest] = failed;
  if (last.length === 0)
    return warn(check, 'GitHub has sent no webhook yet', 'Open a pull request, or wait for the next one.');
  if (newest === undefined) return ok(check, `the last ${last.length} arrived`);
  const found = `${failed.length} of the last ${last.length} failed, at last \`${newest.event}\` with ${newest.statusCode === 0 ? `"${newest.status}"` : newest.statusCode}`;
  const isNow = last.slice(0, 3).every((attempt) => !arrived(attempt));
  return isNow ? fail(check, found, remedyOf(newest)) : warn(check, found, remedyOf(newest));
};
