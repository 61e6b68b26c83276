/** What a check says when the comment beside it could not be written. */
export const commentNotTaken =
  '**GitHub does not take a comment of Tidegate on this pull request**, so it is missing or old. The log of Tidegate has the reason.';

/**
 * The last line of `tidegate/apply`: how far the audit trail had come when it was written. GitHub keeps it where nobody who
 * holds the database can rewrite it.
 */
export const auditHeadNote = (head: string): string => `Audit head: \`${head}\``;

/** What the comment says of checks that could not be written: all of them by name, beyond a handful counted. */
export const checksNotTaken = (names: readonly string[]): string => {
  // Names of projects may hold anything; a backtick would end the code.
  const shown = names.slice(0, 5).map((name) => `\`${name.replaceAll(/[`\r\n]/g, ' ').slice(0, 100)}\``);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return `**GitHub does not take the check ${shown.join(', ')}${more}**, so it is missing or old. The log of Tidegate has the reason.`;
};

/** Below a board that somebody else had changed. */
export const boardAltered = (times: number): string =>
  `Somebody else changed this comment${times === 1 ? '' : ` ${times} times`}, and it was put right. Approvals given meanwhile do not count.`;
