// git-check-ref-format(1): what git itself refuses in a name, control characters included.
const refused = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|\.\/|[./]$|^[./]/u;

/**
 * May this be the name of a branch? The rules of git-check-ref-format(1), which also keep a name
 * from meaning a pattern or a second half of a refspec. A leading dash is fine: the name always
 * stands behind `refs/heads/`.
 */
export const isBranchName = (name: string): boolean =>
  name !== '' &&
  name !== '@' &&
  Buffer.byteLength(name) <= 1024 &&
  !refused.test(name) &&
  name.isWellFormed();
