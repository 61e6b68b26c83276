/** Words for every address, as providers have them. */
const words = new Set(['*', 'any', 'internet']);

// Half of all addresses in two rules are all of them; no network is that wide. IPv6 has `fc00::/7` for private ones.
const widest = { ipv4: 7, ipv6: 5 };

/** Does this text mean every address there is, or so many that it makes no difference? */
export const isEveryAddress = (text: string): boolean => {
  const trimmed = text.trim().toLowerCase();
  if (words.has(trimmed)) return true;
  const [network = '', bits = '', ...rest] = trimmed.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= (network.includes(':') ? widest.ipv6 : widest.ipv4);
};
