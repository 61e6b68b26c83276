const codes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** https://sqlite.org/rescode.html: FULL in the low byte; IOERR_WRITE is what a quota or a limit of the process comes out as. */
const isFullDatabase = (errcode: unknown): boolean =>
  typeof errcode === 'number' && ((errcode & 0xff) === 13 || errcode === 778);

/** Was this refused because there is no room on the disk? Looks at causes too. */
export const saysDiskFull = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if ('code' in error && codes.has(error.code)) return true;
  if ('errcode' in error && isFullDatabase(error.errcode)) return true;
  return saysDiskFull(error.cause);
};
