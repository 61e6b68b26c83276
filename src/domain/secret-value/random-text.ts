/*
 * Is a text the product of chance? Each two neighbours in it are a vote: letters that often stand side by side in words speak for
 * words, others and letters beside digits for chance. The likelihoods are added up, and what counts is the part of the text that
 * speaks loudest for chance: `invoice-service-x7Gh29KfLp0QzR5t` begins with words.
 */

/** The 220 most frequent pairs of letters in the words and names of some thousand packages: 91 % of all pairs there, 33 % by chance. */
const frequent: ReadonlySet<string> = new Set(
  (
    'abcdgilmnprstuvy baeilorsu cacehiklorstu daeiorsu eabcdefglmnpqrstvx faefior gaehilnru haeiot iabcdefglmnoprstvz js keis ' +
    'ladeilostuy maeilmops nacdefginostu oabcdgiklmnoprstuvw paeiloprstu qu racdegikmnorstuy sacehiopstuv tacehilmorstuy ' +
    'uabceilmnprst vaegi waei xpt yp zea'
  )
    .split(' ')
    .flatMap((row) => [...row.slice(1)].map((second) => `${row.charAt(0)}${second}`)),
);

const lower = 0;
const upper = 1;
const digit = 2;
const sign = 3;
const separator = 4;

const kindOf = (code: number): number => {
  if (code >= 97 && code <= 122) return lower;
  if (code >= 65 && code <= 90) return upper;
  if (code >= 48 && code <= 57) return digit;
  // - . / : @ _ and \ stand between the words of names, and white space, commas and quotes between those of texts.
  return code === 45 || code === 46 || code === 47 || code === 58 || code === 64 || code === 95 || code === 92
    ? separator
    : sign;
};

/** By the codes of two letters without their case: is the pair frequent? */
const pairs = new Uint8Array(26 * 26);
for (const pair of frequent) pairs[(pair.charCodeAt(0) - 97) * 26 + (pair.charCodeAt(1) - 97)] = 1;

/** Of two letters, in bits: log2 of how much likelier they are by chance than in a word. */
const ofWords = -1.4;
const ofChance = 1.9;
const letterBesideDigit = 2;
const besideSign = 1.6;
const betweenWords = -1;
/** `A` behind `a` begins a word, and `aBcD` is none. */
const fall = 0.6;

const votes = (a: number, b: number): number => {
  // `xxxx` is what people write where something is to be put.
  if (a === b) return ofWords;
  const [ka, kb] = [kindOf(a), kindOf(b)];
  if (ka === separator || kb === separator) return betweenWords;
  if (ka === sign || kb === sign) return ka === kb ? 0 : besideSign;
  if (ka === digit || kb === digit) return ka === kb ? -0.3 : letterBesideDigit;
  const pair = ((a | 32) - 97) * 26 + ((b | 32) - 97);
  const shape = ka === upper && kb === lower ? 0 : ka === kb ? 0 : fall;
  return (pairs[pair] === 1 ? ofWords : ofChance) + shape;
};

const isHexPiece = /(?<![0-9A-Za-z])(?:[0-9a-f]{4,}|[0-9A-F]{4,})(?![0-9A-Za-z])/g;

/**
 * How loudly the text speaks for chance, in bits. Hexadecimal pieces are left out: `randomHex` looks at them.
 */
export const randomness = (text: string): number => {
  let best = 0;
  let running = 0;
  for (let at = 1; at < text.length; at += 1) {
    running = Math.max(0, running + votes(text.charCodeAt(at - 1), text.charCodeAt(at)));
    if (running > best) best = running;
  }
  return best;
};

/** The text without its hexadecimal pieces of less than 32 digits: ids of things have them. */
export const withoutHexPieces = (text: string): string => text.replace(isHexPiece, '-');

const longHex = /(?<![0-9A-Za-z])(?:[0-9a-f]{32,}|[0-9A-F]{32,})(?![0-9A-Za-z])/;

/** Has it 32 hexadecimal digits or more in one piece, and not only decimal ones? As long as keys, and as digests. */
export const hasLongHex = (text: string): boolean => {
  const piece = longHex.exec(text)?.[0];
  return piece !== undefined && /[a-f]/i.test(piece) && /\d/.test(piece);
};
