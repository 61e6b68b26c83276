import { resolve } from 'node:path';
import { z } from 'zod';
import { type Problem, UserError } from '../domain/problem.ts';
import { quoted } from '../domain/quote.ts';
import { atlantisHost, atlantisServerOf } from './atlantis-server.ts';
import { parseOperatorFile } from './operator-file.ts';
import { pagesFrom } from './pages-settings.ts';
import { readPrivateKey } from './private-key.ts';
import {
  createSettingsReader,
  type Environment,
  type ReadFile,
  type SettingsReader,
} from './settings-reader.ts';
import type { Config, OperatorSettings, Secrets } from './types.ts';

export interface EnvironmentSources {
  readonly readFile: ReadFile;
  /**
   * The install's key (32 bytes) where the environment has none. Asked only when everything else is
   * right: a key made beside a refusal would puzzle people. A UserError of it becomes a problem.
   */
  readonly secretKey: () => Buffer | Promise<Buffer>;
  /** Absolute folder that relative paths start from. */
  readonly folder: string;
  /** Is everything on this machine that we start killed when the server ends (it is PID 1, or a unit of systemd)? */
  readonly endsWithServer?: boolean;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const address = /^[0-9A-Za-z.:_-]{1,253}$/;
const shortestSecret = 16;
const keyBytes = 32;
const addressOrNetwork = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/**
 * Reads the settings of the server. Everything that is wrong is told at once, each with what to do;
 * no problem holds the value of a secret.
 */
export const readEnvironment = async (
  env: Environment,
  { readFile, secretKey, folder, endsWithServer = false }: EnvironmentSources,
): Promise<
  { readonly config: Config; readonly secrets: Secrets } | { readonly problems: readonly Problem[] }
> => {
  const reader = createSettingsReader(env, folder, readFile);
  const settings = {
    appId: reader.wholeNumber('APP_ID', null, 1, Number.MAX_SAFE_INTEGER),
    host: reader.text('HOST', '127.0.0.1', address, 'a host name or an address'),
    port: reader.wholeNumber('PORT', 3000, 0, 65_535),
    pagesHost: reader.text('TIDEGATE_PAGES_HOST', '127.0.0.1', address, 'a host name or an address'),
    pagesPort: reader.wholeNumber('TIDEGATE_PAGES_PORT', 3001, 0, 65_535),
    webhookPath: reader.text(
      'WEBHOOK_PATH',
      '/api/github/webhooks',
      /^\/[\w./~-]{1,200}$/,
      'a path such as `/api/github/webhooks`',
    ),
    ...forgeFrom(reader),
    dataDir: reader.path('TIDEGATE_DATA_DIR') ?? resolve(folder, 'data'),
    publicUrl: publicUrlFrom(reader),
    proxies: proxiesFrom(reader),
    onStop: onStopFrom(reader, endsWithServer),
    logLevel: logLevelFrom(reader),
  };
  const { loginClientId, clientSecret, metricsToken } = pagesFrom(reader, settings);
  const privateKey = await privateKeyFrom(reader);
  const webhookSecret = webhookSecretFrom(reader, env['WEBHOOK_SECRET'] ?? '');
  const givenKey = await secretKeyFrom(reader);
  const operator = await operatorFrom(reader, readFile);
  if (reader.problems.length > 0 || operator === null) return { problems: reader.problems };
  try {
    const key = givenKey ?? (await secretKey());
    return {
      config: { ...settings, loginClientId, operator },
      secrets: { privateKey, webhookSecret, secretKey: key, clientSecret, metricsToken },
    };
  } catch (error) {
    if (error instanceof UserError) return { problems: [error.problem] };
    throw error;
  }
};

const forgeFrom = (reader: SettingsReader): Pick<Config, 'apiUrl' | 'webUrl'> => {
  const protocol = reader.text('GHE_PROTOCOL', 'https', /^https?$/, '`https` or `http`');
  if (reader.given('GHE_HOST') === null)
    return { apiUrl: 'https://api.github.com', webUrl: 'https://github.com' };
  const host = reader.text(
    'GHE_HOST',
    '',
    /^(?:[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/,
    'a host name with or without a port, for example `github.example.com`, without `https://` and without a path',
  );
  // Enterprise Cloud with data residency has its API on a host of its own, Enterprise Server under a path.
  // https://docs.github.com/enterprise-cloud@latest/admin/data-residency
  const apiUrl = host.endsWith('.ghe.com') ? `${protocol}://api.${host}` : `${protocol}://${host}/api/v3`;
  return { apiUrl, webUrl: `${protocol}://${host}` };
};

const publicUrlFrom = (reader: SettingsReader): string | null => {
  const text = reader.given('TIDEGATE_PUBLIC_URL');
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain =
    url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (plain && (url.protocol === 'https:' || url.protocol === 'http:')) return url.href.replace(/\/+$/, '');
  // The text may hold a password, so it is not shown.
  reader.wrong(
    '`TIDEGATE_PUBLIC_URL` is not a plain address.',
    'Set it to the address under which people reach the pages, for example `https://tidegate.example.com`, without user, query and fragment.',
  );
  return null;
};

/** The operator's own proxies, which say in `X-Forwarded-For` whose requests they carry: addresses and networks. */
const proxiesFrom = (reader: SettingsReader): readonly string[] => {
  const given = (reader.given('TIDEGATE_PROXIES') ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const wrong = given.find((one) => !addressOrNetwork.safeParse(one).success);
  if (wrong === undefined) return given;
  reader.wrong(
    `\`TIDEGATE_PROXIES\` has ${quoted(wrong)}, which is no address and no network.`,
    'Set it to addresses or networks with commas between them, for example `10.0.0.5,192.168.0.0/16`.',
  );
  return [];
};

const onStopFrom = (reader: SettingsReader, endsWithServer: boolean): Config['onStop'] => {
  const text = reader.given('TIDEGATE_ON_STOP') ?? (endsWithServer ? 'drain' : 'detach');
  if (text === 'detach' || text === 'drain') return text;
  reader.wrong(
    `\`TIDEGATE_ON_STOP\` is ${quoted(text)}.`,
    'Set it to `detach` (applies go on without the server, and the next one takes them over) or `drain` (the server waits for them).',
  );
  return 'drain';
};

const logLevelFrom = (reader: SettingsReader): Config['logLevel'] => {
  const text = reader.given('LOG_LEVEL') ?? 'info';
  const level = logLevels.find((known) => known === text);
  if (level !== undefined) return level;
  reader.wrong(`\`LOG_LEVEL\` is ${quoted(text)}.`, `Set it to one of ${logLevels.map(quoted).join(', ')}.`);
  return 'info';
};

const privateKeyFrom = async (reader: SettingsReader): Promise<string> => {
  const advice =
    'Set `PRIVATE_KEY` to the key that GitHub gave you for the App (the whole PEM text, with `\\n` for its line breaks or as base64), or `PRIVATE_KEY_PATH` to its file.';
  const direct = reader.given('PRIVATE_KEY');
  if (direct !== null && reader.given('PRIVATE_KEY_PATH') !== null) {
    reader.wrong('Both `PRIVATE_KEY` and `PRIVATE_KEY_PATH` are set.', 'Set one of them.');
    return '';
  }
  const name = direct === null ? 'PRIVATE_KEY_PATH' : 'PRIVATE_KEY';
  if (direct === null && reader.given(name) === null) {
    reader.wrong('The private key of the GitHub App is not set.', advice);
    return '';
  }
  const text = direct ?? (await reader.file(name));
  if (text === null) return '';
  const key = readPrivateKey(text);
  if (key === null) reader.wrong(`\`${name}\` holds no RSA private key of 2,048 bits or more.`, advice);
  return key ?? '';
};

const webhookSecretFrom = (reader: SettingsReader, secret: string): string => {
  const advice =
    'Make one, for example with `openssl rand -hex 32`, set it as `WEBHOOK_SECRET` and in the settings of the GitHub App: it is all that tells real webhooks from forged ones.';
  if (secret.trim() === '') reader.wrong('`WEBHOOK_SECRET` is not set.', advice);
  else if (secret !== secret.trim()) {
    reader.wrong(
      '`WEBHOOK_SECRET` begins or ends with a blank or a line break.',
      'Take it away; GitHub signs without it.',
    );
  } else if (secret === 'development') {
    reader.wrong('`WEBHOOK_SECRET` is the word that everybody uses for development.', advice);
  } else if (Buffer.byteLength(secret) < shortestSecret) {
    reader.wrong(`\`WEBHOOK_SECRET\` is shorter than ${shortestSecret} bytes.`, advice);
  }
  return secret;
};

/** Null where the environment has none; also after a problem. */
const secretKeyFrom = async (reader: SettingsReader): Promise<Buffer | null> => {
  const direct = reader.given('TIDEGATE_SECRET_KEY');
  if (direct !== null && reader.given('TIDEGATE_SECRET_KEY_FILE') !== null) {
    reader.wrong('Both `TIDEGATE_SECRET_KEY` and `TIDEGATE_SECRET_KEY_FILE` are set.', 'Set one of them.');
    return null;
  }
  const name = direct === null ? 'TIDEGATE_SECRET_KEY_FILE' : 'TIDEGATE_SECRET_KEY';
  const text = (direct ?? (await reader.file(name)))?.trim();
  if (text === undefined) return null;
  const key = Buffer.from(text, 'base64');
  if (/^[0-9A-Za-z+/_-]{43}=?$/.test(text) && key.length === keyBytes) return key;
  reader.wrong(
    `\`${name}\` does not hold ${keyBytes} bytes in base64.`,
    'Make a key with `openssl rand -base64 32` and keep it: without it, stored plans cannot be opened again.',
  );
  return null;
};

const operatorFrom = async (reader: SettingsReader, readFile: ReadFile): Promise<OperatorSettings | null> => {
  const path = reader.path('TIDEGATE_CONFIG');
  if (path === null) {
    reader.wrong(
      '`TIDEGATE_CONFIG` is not set.',
      'Set it to the operator file, a YAML file that says at least which repositories this server works for: `allow: [OWNER/REPOSITORY]`.',
    );
    return null;
  }
  const text = await reader.file('TIDEGATE_CONFIG');
  if (text === null) return null;
  const host = atlantisHost(reader.given('GHE_HOST'));
  const beside = await atlantisServerOf(text, path, { host, readFile });
  const parsed = 'problem' in beside ? beside : parseOperatorFile(text, path, beside.server);
  if ('value' in parsed) return parsed.value;
  reader.problems.push(parsed.problem);
  return null;
};
