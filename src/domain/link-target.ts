/**
 * The reason why a link's target leaves the checkout, or null. `..` is taken at the start only: after a name it could
 * climb out through another link. So where every link passes, no way over several of them leaves either.
 * @param link its own path, relative, below real folders
 */
export const refusedTarget = (link: string, target: string): string | null => {
  if (target.includes('\0')) return 'it holds a NUL';
  if (target.startsWith('/')) return 'it is absolute';
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const climbs = names.filter((name) => name === '..').length;
  if (names.slice(0, climbs).some((name) => name !== '..')) return 'it holds `..` after a name';
  return climbs > link.split('/').length - 1 ? 'it leaves the checkout' : null;
};
