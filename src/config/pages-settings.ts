import { quoted } from '../domain/quote.ts';
import type { SettingsReader } from './settings-reader.ts';
import type { Config, Secrets } from './types.ts';

/** Does only this machine reach that host? */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[?::1\]?)$/.test(host);

/** Where pages can be opened by everybody who may see them; null: not by others than who started the server. */
export const sharedUrl = ({
  publicUrl,
  loginClientId,
}: Pick<Config, 'publicUrl' | 'loginClientId'>): string | null =>
  publicUrl !== null && loginClientId !== null && !isLoopback(new URL(publicUrl).hostname) ? publicUrl : null;

type PagesSettings = Pick<Config, 'loginClientId'> & Pick<Secrets, 'clientSecret' | 'metricsToken'>;

const setUp =
  'Set `GITHUB_CLIENT_ID` and `GITHUB_CLIENT_SECRET` (in the settings of the GitHub App; its callback URL is `TIDEGATE_PUBLIC_URL` with `/login/callback` behind it)';
const shortestToken = 16;

/** Who may look at the pages. Whatever would show them to strangers is a problem. */
export const pagesFrom = (
  reader: SettingsReader,
  { pagesHost, publicUrl }: Pick<Config, 'pagesHost' | 'publicUrl'>,
): PagesSettings => {
  const loginClientId = reader.given('GITHUB_CLIENT_ID');
  const clientSecret = reader.given('GITHUB_CLIENT_SECRET');
  const metricsToken = reader.given('TIDEGATE_METRICS_TOKEN');
  const settings = { loginClientId, clientSecret, metricsToken };
  if (metricsToken !== null && Buffer.byteLength(metricsToken) < shortestToken)
    reader.wrong(
      `\`TIDEGATE_METRICS_TOKEN\` is shorter than ${shortestToken} bytes.`,
      'Make one with `openssl rand -hex 32`.',
    );
  const [set, missing] =
    loginClientId === null
      ? ['GITHUB_CLIENT_SECRET', 'GITHUB_CLIENT_ID']
      : ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'];
  const isLogin = loginClientId !== null && clientSecret !== null;
  if (!isLogin && (loginClientId !== null || clientSecret !== null)) {
    reader.wrong(
      `\`${set}\` is set, and \`${missing}\` is not.`,
      'Set both, and people sign in to the pages with GitHub; or none.',
    );
    return settings;
  }
  const isOpen = !isLoopback(pagesHost);
  if (isOpen && !isLogin)
    reader.wrong(
      `\`TIDEGATE_PAGES_HOST\` is ${quoted(pagesHost)}, where others reach the pages, and nobody would be asked who they are.`,
      `${setUp}, or leave \`TIDEGATE_PAGES_HOST\` at \`127.0.0.1\`.`,
    );
  else if (isOpen && publicUrl === null)
    reader.wrong(
      `\`TIDEGATE_PAGES_HOST\` is ${quoted(pagesHost)}, and \`TIDEGATE_PUBLIC_URL\` is not set.`,
      'Set it to the address under which people reach the pages: GitHub sends them back there when they sign in.',
    );
  if (isLogin && publicUrl !== null) {
    const { protocol, hostname } = new URL(publicUrl);
    if (protocol !== 'https:' && !isLoopback(hostname))
      reader.wrong(
        '`TIDEGATE_PUBLIC_URL` begins with `http:`, and people sign in there.',
        'Let something with a certificate stand before the pages, and set the `https:` address.',
      );
  }
  return settings;
};
