/*
 * Does the name of an attribute say that its value is a secret? A name is taken for one only where it ends with a word that
 * means one: of `secret_name`, `token_ttl`, `password_length`, `kms_key_id` and `public_key` the last word says what it is.
 * Variables of a run are judged by `observe/given-values.ts`, more severely: what is masked there is no reviewer's reading.
 */

export type ValuePath = readonly (string | number)[];

const secretWord =
  /(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|apikey|privatekey|secretkey|accesskey|accountkey|sharedkey|connectionstring)s?$|^(?:pass|jwt|psk|dsn|otp|totp|kubeconfig)$/;
/** What a key is for, where that makes it a secret. `primary key` is of a storage account, and a short one of a table. */
const secretKeys = new Set(
  (
    'api app application access account admin auth authentication authorization client consumer customer ' +
    'decryption encryption enrollment hmac ingest ingestion integration license licence master preshared private ' +
    'registration root routing secret secondary service session shared signing ssh storage stream subscription tls ' +
    'unseal webhook write host event'
  ).split(' '),
);
const secretPairs = new Set([
  'connection string',
  'conn string',
  'recovery code',
  'recovery codes',
  'backup codes',
  'scratch codes',
  'kube config',
]);
/** Words behind a name that say how the value is written, or which of several it is. */
const asides = new Set(
  (
    'value values raw pem base b wo plaintext plain string text data old new current previous next content contents json yaml ' +
    'hex encoded decrypted default primary secondary latest body payload material hash bcrypt sha literal b64'
  ).split(' '),
);
/** Names that begin so are of switches and limits. */
const switches = new Set(
  'enable disable use uses has is require requires required allow max min num http skip rotate validate ignore manage'.split(
    ' ',
  ),
);
/** Beside secrets in a list of them: what they are called, and where they are. */
const besides = new Set(
  (
    'name names id ids arn arns type key keys path paths version versions from username user login email provider region ' +
    'enabled optional mode items item length ttl description host hostname port url uri engine stage stages dbname database ' +
    'role roles scope scopes expiry expires file kind namespace store prefix'
  ).split(' '),
);

const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ''))
    .filter((word) => word !== '');

type Meaning = 'secret' | 'secrets' | 'aside' | 'beside' | 'other';

const judge = (name: string): Meaning => {
  const words = [...wordsOf(name)];
  const [first = ''] = words;
  if (words.length > 1 && switches.has(first)) return 'beside';
  for (;;) {
    const last = words.at(-1) ?? '';
    const before = words.at(-2) ?? '';
    if (secretWord.test(last)) return last.endsWith('s') && last !== 'pass' ? 'secrets' : 'secret';
    if (secretPairs.has(`${before} ${last}`)) return 'secret';
    if (last === 'key' && secretKeys.has(before)) return 'secret';
    if (last === 'keys' && secretKeys.has(before)) return 'secrets';
    if (last === 'key' && before === 'primary') return 'secret';
    if (!asides.has(last)) return besides.has(last) ? 'beside' : 'other';
    if (words.length === 1) return 'aside';
    words.pop();
  }
};

/** Names come again with every resource; there are few, and a plan that has many is no reason to keep them all. */
const known = new Map<string, Meaning>();
const mostKnown = 5_000;

const meaningOf = (name: string): Meaning => {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (known.size >= mostKnown) known.clear();
  const meaning = judge(name.slice(-200));
  known.set(name, meaning);
  return meaning;
};

/** Where the last name before a place of a path is; places in a list have none. -1: there is none. */
const nameBefore = (path: ValuePath, place: number): number => {
  let at = place - 1;
  while (at >= 0 && typeof path[at] !== 'string') at -= 1;
  return at;
};

const nameAt = (path: ValuePath, at: number): string => {
  const step = path[at];
  return typeof step === 'string' ? step : '';
};

/**
 * Does the path end with a name that says secret? `tokens[0]`, `auth_token.value` and `passwords.admin` do, `secrets[0].name`
 * does not. Of `secrets` it is `secrets`: their number is none.
 */
export const namesSecret = (path: ValuePath): 'secret' | 'secrets' | null => {
  const own = nameBefore(path, path.length);
  const meaning = meaningOf(nameAt(path, own));
  if (meaning === 'secret' || meaning === 'secrets') return meaning;
  const outer = nameAt(path, nameBefore(path, own));
  if (outer === '' || meaning === 'beside') return null;
  const around = meaningOf(outer);
  return around === 'secrets' || (around === 'secret' && meaning === 'aside') ? around : null;
};

const idWord =
  /^(?:ids?|guid|uuid|arns?|ur[il]s?|names?|filename|hash|hashes|etag|commit|revision|rev|versions?|serial|zone|images?|ami|tag|release|build|integrity|snapshot|ref|references?|selflink|link|modulus|nonce|host|hostname|domain|dns|fqdn|endpoints?|address|bucket|prefix|path|paths|file|template|cname|dkim|txt|records?|verification|certificate|chain|username|user|email|description|principals?|members?|triggers?|keepers)$/;
const digestWord =
  /^(?:sha|md|hash|hashes|digest|digests|checksum|checksums|fingerprint|fingerprints|thumbprint|thumbprints|commit|revision|etag|triggers|keepers|public)$|\dsha$/;
/** Whatever is in them stands for the content of something. */
const contentKeys = /^(?:triggers|triggers_replace|keepers|records)$/;

const randomPlaces = new Map<string, boolean>();

/** Is something random to be expected there which is no secret: an identifier, a digest? */
export const isPlaceOfIds = (path: ValuePath): boolean => {
  const at = nameBefore(path, path.length);
  const own = nameAt(path, at);
  if (contentKeys.test(nameAt(path, nameBefore(path, at)))) return true;
  const found = randomPlaces.get(own);
  if (found !== undefined) return found;
  if (randomPlaces.size >= mostKnown) randomPlaces.clear();
  const words = wordsOf(own.slice(-200));
  const expected = idWord.test(words.at(-1) ?? '') || words.some((word) => digestWord.test(word));
  randomPlaces.set(own, expected);
  return expected;
};

const nameKeys = [
  'name',
  'Name',
  'key',
  'Key',
  'variable',
  'parameter_name',
  'ParameterKey',
  'header',
  'parameter',
];
const valueKeys = new Set([
  'value',
  'Value',
  'default',
  'content',
  'ParameterValue',
  'plaintext',
  'text',
  'data',
]);

/**
 * The name by which what an object has under a key is to be judged: that of the pair, of `{name: "DB_PASSWORD", value: ...}`;
 * else the key itself.
 */
export const nameIn = (holder: Readonly<Record<string, unknown>>, key: string): string => {
  if (valueKeys.has(key) && !isSecretManifest(holder))
    for (const nameKey of nameKeys) {
      const name = holder[nameKey];
      if (typeof name === 'string' && meaningOf(name).startsWith('secret')) return name;
    }
  return (key === 'data' || key === 'stringData' || key === 'binaryData') && isSecretManifest(holder)
    ? 'secrets'
    : key;
};

/** A Secret of Kubernetes, as a manifest. */
const isSecretManifest = (holder: Readonly<Record<string, unknown>>): boolean => holder['kind'] === 'Secret';
