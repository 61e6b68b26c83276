/** What a tool's words on standard error mean for whoever started it. */
export type Said = 'again' | 'no-kind' | 'final';

/** Of a kind that the API server does not serve: also of one that the chart itself would define, for nothing is defined by a preview. */
const noKind = /no matches for kind "/;

/** Nothing gets better by waiting, also where the rest sounds as if it would. */
const final = [
  /unauthorized|forbidden|provide credentials|asked for the client to provide/i,
  /x509|certificate signed by|tls: (?!handshake timeout)/i,
];

const transient = [
  /connection (?:refused|reset|timed out)|connection lost|broken pipe|unexpected EOF|: EOF$/im,
  /i\/o timeout|TLS handshake timeout|no route to host|network is unreachable|temporary failure|no such host/i,
  /context deadline exceeded|Client\.Timeout|timeout awaiting|timed out waiting for the response/i,
  /too many requests|\b429\b|TooManyRequests/i,
  /etcdserver|leader changed|raft proposal dropped/i,
  /unable to handle the request|unable to return a response in the time allotted|service unavailable|\b50[0234]\b/i,
  /an error on the server|internal error occurred|InternalError/i,
  /operation cannot be fulfilled on resourcequotas/i,
];

/** Would the same call do better in a moment? Unknown means no. */
export const meaningOf = (stderr: string): Said => {
  if (noKind.test(stderr)) return 'no-kind';
  if (final.some((pattern) => pattern.test(stderr))) return 'final';
  return transient.some((pattern) => pattern.test(stderr)) ? 'again' : 'final';
};

const longest = 2_000;

/** From the first brace of a printed object to its end: Helm prints whole Secrets into its errors. */
const withoutObjects = (text: string): string => {
  let depth = 0;
  let out = '';
  for (const letter of text) {
    if (letter === '{' || letter === '[') {
      if (depth === 0) out += letter;
      depth += 1;
    } else if (letter === '}' || letter === ']') {
      depth = Math.max(0, depth - 1);
      if (depth === 0) out += `…${letter}`;
    } else if (depth === 0) out += letter;
  }
  return out;
};

/**
 * A tool's words as they may be shown: without any value that is known to be secret, without printed objects (which may be
 * Secrets nobody knows of yet), without warnings about the kubeconfig's modes, and short.
 */
export const shown = (stderr: string, secrets: readonly string[] = []): string => {
  const masked = [...secrets]
    .filter((secret) => secret.length >= 4)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, '***'), stderr);
  const lines = withoutObjects(masked)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^WARNING: Kubernetes configuration file is/.test(line));
  const text = lines.join('\n').replace(/^Error: /, '');
  return text.length > longest ? `${text.slice(0, longest)} …` : text;
};
