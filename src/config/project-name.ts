/** The name of a project that was given none: its dir (`root` for the root), and its workspace where that says something. */
export const nameFor = (dir: string, workspace: string): string => {
  const place = dir === '.' ? 'root' : dir;
  return workspace === 'default' ? place : `${place}/${workspace}`;
};
