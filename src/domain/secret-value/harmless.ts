/*
 * What looks as random as a secret and is none, by its form.
 */

const harmless: readonly RegExp[] = [
  // UUIDs, alone or with words before them.
  /^\{?(?:[\w.:/-]*[-_/:.])?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i,
  // Amazon's names of resources; ids of resources of Azure and Google; identities of Kubernetes.
  /^arn:[\w-]+:[\w-]*:[\w-]*:(?:\d{12}|aws)?:/,
  /^\/subscriptions\/[0-9a-f-]{36}(?:\/|$)/i,
  /^(?:\/\/[\w.]+\/)?(?:projects|organizations|folders|billingAccounts|customers)\/[\w.:-]+(?:\/|$)/,
  /^(?:system|serviceAccount|user|group|principal|principalSet|domain|deleted):[\w.:@/*=?-]+$/,
  // Digests with the name of what made them, as images, lock files and web pages have them.
  /^(?:[\w./:-]+@)?(?:sha(?:1|224|256|384|512)?|md5|blake[23]\w*|h1|zh)[:-][\w+/=-]+$/i,
  // Addresses and networks, of every kind.
  /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/,
  /^(?=[^:]*:[^:]*:)[0-9a-f.:]{2,45}(?:%\w+)?(?:\/\d{1,3})?$/i,
  // Certificates' and machines' bytes in pairs.
  /^(?:[0-9a-f]{2}[:-])+[0-9a-f]{2}$/i,
  // Ids of things: a prefix that says what, then hexadecimal or Amazon's unique ids of users and roles.
  /^[a-z][a-z-]{0,24}-[0-9a-f]{8,17}$/,
  /^(?:AIDA|AROA|AGPA|ANPA|ANVA|APKA|ASCA|AIPA)[A-Z0-9]{16,}$/,
  // Times and numbers.
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?$/,
  /^[+-]?[\d.,_eE+-]+$/,
  // Versions, with what they were built from.
  /^v?\d+(?:\.\d+){1,3}(?:[-+.][0-9A-Za-z.-]+)?$/,
  // Public keys and certificates.
  /^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-[\w-]+|sk-[\w.@-]+) AAAA\S+(?: [^\n]*)?$/,
  /^-----BEGIN (?:CERTIFICATE|(?:[A-Z0-9]+ )?PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL)-----[\s\S]*$/,
  // Addresses of the web without a password (that is a shape); names of hosts, whole or with a path or a port.
  /^[a-z][a-z0-9+.-]*:\/\/[^\s@]+$/i,
  /^(?:\*\.|_)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){2,}[a-z]{2,24}\.?(?::\d+)?(?:\/[\w.:@/-]*)?$/i,
  // People's and services' addresses.
  /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/,
  // Expressions and patterns, and where something is to be put in.
  /\$\{|\{\{|%\{|^\^.*\$$|\[[^\]]*-[^\]]*\]/,
];

/** Is the whole text of a kind that is no secret, however random it looks? */
export const isHarmless = (text: string): boolean => harmless.some((kind) => kind.test(text));

/** Keys that everybody may see, in a longer text. */
const publicParts =
  /-----BEGIN (?:(?:[A-Z0-9]+ ){0,2}CERTIFICATE|(?:[A-Z0-9]+ )?PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL)-----[^-]*-----END [A-Z0-9 ]+-----|(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-[\w-]+) AAAA[\w+/=]+/g;

export const withoutPublicParts = (text: string): string =>
  text.includes('-----BEGIN') || text.includes(' AAAA') ? text.replace(publicParts, ' ') : text;

/** Words that stand where a secret could and are none, and what says where one is to be had. */
const word =
  /^(?:|true|false|yes|no|on|off|none|null|nil|default|required?|optional|enabled?|disabled?|auto(?:matic)?|always|never|managed|custom|basic|standard|unknown|redacted|hidden|n\/a|\*+|<[^<>]*>|\.{3}|x{3,}|todo|string|number|bool|text|plaintext)$/i;
const reference =
  /^(?:\$\{|\{\{|%\{|arn:aws|vault:|ssm:|secretsmanager:|secrets?:\/\/|op:\/\/|ref\+|env:|file:|var\.\w|local\.\w|module\.\w|data\.\w+\.\w|@Microsoft\.KeyVault\(|projects\/[^/]+\/(?:secrets|locations)\/|\/subscriptions\/|kv\/data\/)|^https?:\/\/[^\s@?]*$/;

/** Of a value under a name that says secret: it is none. */
export const isNoSecret = (text: string): boolean => word.test(text) || reference.test(text);
