import { isMap, mapAt, textAt } from './json.ts';
import type { KubeObject } from './objects.ts';
import { Refusal } from './refusal.ts';

export type Selects = (object: KubeObject) => boolean;

/** Requirements with their commas; those between brackets are of a set. */
const split = (text: string): string[] => text.split(/,(?![^(]*\))/).filter((part) => part !== '');

const requirement = (part: string): ((value: string | undefined) => boolean) & { key?: string } => {
  const inSet = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(part);
  if (inSet !== null) {
    const [, key = '', verb, list = ''] = inSet;
    const values = list.split(',').map((value) => value.trim());
    return Object.assign(
      (value: string | undefined) =>
        verb === 'in'
          ? value !== undefined && values.includes(value)
          : value === undefined || !values.includes(value),
      { key },
    );
  }
  const pair = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(part);
  if (pair !== null) {
    const [, key = '', sign, wanted = ''] = pair;
    return Object.assign(
      (value: string | undefined) => (sign === '!=' ? value !== wanted : value === wanted),
      { key },
    );
  }
  const absent = /^\s*!\s*(\S+)\s*$/.exec(part);
  if (absent !== null)
    return Object.assign((value: string | undefined) => value === undefined, { key: absent[1] ?? '' });
  const there = /^\s*(\S+)\s*$/.exec(part);
  if (there !== null)
    return Object.assign((value: string | undefined) => value !== undefined, { key: there[1] ?? '' });
  throw new Refusal(400, `unable to parse requirement: ${part}`);
};

/** `labelSelector` of a request: equality and sets, joined by commas. */
export const byLabels = (text: string | null): Selects => {
  const wanted = split(text ?? '').map(requirement);
  return ({ metadata }) => {
    const labels = mapAt(metadata, 'labels');
    return wanted.every((fits) => fits(textAt(labels, fits.key ?? '')));
  };
};

/** `fieldSelector` of a request: paths into the object, `metadata.name=web`. */
export const byFields = (text: string | null): Selects => {
  const wanted = split(text ?? '').map((part) => {
    const [, path = '', sign = '', value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(part) ?? [];
    if (path === '') throw new Refusal(400, `invalid field selector: ${part}`);
    return { path: path.split('.'), is: sign !== '!=', value };
  });
  return (object) =>
    wanted.every(({ path, is, value }) => {
      let found: unknown = object;
      for (const key of path) found = isMap(found) ? found[key] : undefined;
      return (String(found ?? '') === value) === is;
    });
};
