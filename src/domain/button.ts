import type { PlanDigest, PressId, ProjectKey, Sha } from './ids.ts';

/** What a button of a check can ask for. */
export const buttons = ['plan', 'apply', 'unlock'] as const;
export type Button = (typeof buttons)[number];

/** A check, as far as it matters which buttons it has. */
export interface CheckState {
  /** `project`: of one project. */
  readonly of: 'plan' | 'apply' | 'project';
  /** GitHub shows buttons of completed checks only. */
  readonly completed: boolean;
  readonly pull: 'open' | 'draft' | 'closed';
  /** Would a plan do anything but say the same again? */
  readonly plannable: boolean;
  /** Does a plan that changes something stand here, used by no apply? */
  readonly ready: boolean;
  /** May none of its plans be applied, whoever asks? */
  readonly noApply: boolean;
  /** Does this pull request hold the lock of something that the check is about? */
  readonly locked: boolean;
}

/** Those that mean something there. What a rule still waits for is said when it is pressed: it may come without a word to us. */
export const buttonsOf = (check: CheckState): readonly Button[] => {
  if (!check.completed || check.pull === 'closed') return [];
  const applies = check.of !== 'plan' && check.ready && !check.noApply && check.pull === 'open';
  const unlocks = check.of === 'project' ? check.locked : check.of === 'apply' && check.ready && check.locked;
  return [
    ...(check.of !== 'apply' && check.plannable ? ['plan' as const] : []),
    ...(applies ? ['apply' as const] : []),
    ...(unlocks ? ['unlock' as const] : []),
  ];
};

/** All that a press is bound to. */
export interface Meaning {
  readonly button: Button;
  readonly repositoryId: number;
  readonly pullNumber: number;
  /** The check's name. */
  readonly check: string;
  readonly headSha: Sha;
  /** Of an apply: the plans that the check stood for. */
  readonly plans: ReadonlyMap<ProjectKey, PlanDigest>;
}

/** HMAC-SHA-256 (hex) under a key of ours. */
type Sign = (text: string) => string;

const letters: Readonly<Record<Button, string>> = { plan: 'p', apply: 'a', unlock: 'u' };
const turnDigits = 4;
const codeDigits = 15;

/** The last digits of a signature, in the alphabet of identifiers. */
const digits = (hex: string, many: number): string => {
  const all = BigInt(`0x${hex}`).toString(36).padStart(many, '0');
  return all.slice(-many);
};

/**
 * Where the buttons of a pull request stand: another one after each press, so that a button that was pressed has a new identifier,
 * and the old one is used up.
 *
 * @param last the newest press of the pull request, if any
 */
export const turnAfter = (last: PressId | null, sign: Sign): string =>
  last === null ? '0'.repeat(turnDigits) : digits(sign(`button turn\n${last}`), turnDigits);

/** The identifier of a button, twenty characters: which button, at which turn, and a signature over all that it means (77 bits). */
export const identifierOf = (meaning: Meaning, turn: string, sign: Sign): string => {
  const { button, repositoryId, pullNumber, check, headSha } = meaning;
  const plans = button === 'apply' ? [...meaning.plans].toSorted(([a], [b]) => (a < b ? -1 : 1)) : [];
  const text = JSON.stringify([turn, button, repositoryId, pullNumber, check, headSha, plans]);
  return `${letters[button]}${turn}${digits(sign(`button\n${text}`), codeDigits)}`;
};

/** What an identifier says of itself; null where it is none of ours. */
export const readIdentifier = (text: string): { readonly button: Button; readonly turn: string } | null => {
  const button = buttons.find((one) => letters[one] === text[0]);
  return button === undefined || !/^[0-9a-z]{20}$/.test(text)
    ? null
    : { button, turn: text.slice(1, 1 + turnDigits) };
};

/** Was this identifier given to a button that meant exactly this? */
export const isIdentifierOf = (text: string, meaning: Omit<Meaning, 'button'>, sign: Sign): boolean => {
  const read = readIdentifier(text);
  return read !== null && identifierOf({ ...meaning, button: read.button }, read.turn, sign) === text;
};
