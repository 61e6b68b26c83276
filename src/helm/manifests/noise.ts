import type { Step } from './json.ts';

/** Labels that say which chart an object came from: each release of a chart changes them on everything. */
const versionLabels = ['helm.sh/chart', 'app.kubernetes.io/version', 'chart'];

/**
 * Is the change at this place one that comes along on many objects and says little of each? Such changes are grouped and
 * counted, never hidden: a checksum is how the rotation of a Secret shows.
 */
export const isNoise = (path: readonly Step[]): boolean => {
  const [holder, last] = path.slice(-2);
  if (last === undefined) return false;
  if (last === 'caBundle') return true;
  if (holder === 'labels') return versionLabels.includes(String(last));
  return holder === 'annotations' && String(last).startsWith('checksum/');
};
