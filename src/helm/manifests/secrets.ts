import { at, isList, isObject, type Json, type JsonObject, pointerOf } from './json.ts';
import type { KubeObject } from './objects.ts';

/** What may be shown of a Secret; anything else in it is taken for its content. */
const open = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

const isSecret = ({ group, kind }: KubeObject): boolean => group === '' && kind === 'Secret';

const keysOf = (value: Json | undefined): readonly string[] => (isObject(value) ? Object.keys(value) : []);

/**
 * Places whose values nobody may see, only whether they changed: the keys of a Secret, and of any object the copy of all of it
 * that kubectl leaves in an annotation. Key by key, so that a plan can say which of them changed.
 */
export const secretPointers = (
  object: KubeObject,
  sides: readonly (JsonObject | null)[],
): readonly string[] => {
  const pointers = sides.flatMap((side) => {
    const hasCopy = at(side ?? undefined, 'metadata', 'annotations', lastApplied) !== undefined;
    return [
      ...(hasCopy ? [pointerOf(['metadata', 'annotations', lastApplied])] : []),
      ...(isSecret(object) ? insideOfSecret(side) : []),
    ];
  });
  return [...new Set(pointers)].sort();
};

const insideOfSecret = (side: JsonObject | null): readonly string[] =>
  keysOf(side ?? undefined)
    .filter((key) => !open.has(key))
    .flatMap((key) => {
      const inner = keysOf(at(side ?? undefined, key));
      return inner.length === 0 ? [pointerOf([key])] : inner.map((each) => pointerOf([key, each]));
    });

const texts = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (isList(value)) return value.flatMap(texts);
  return isObject(value) ? Object.values(value).flatMap(texts) : [];
};

const decoded = (text: string): readonly string[] => {
  if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(text)) return [];
  const plain = Buffer.from(text, 'base64').toString('utf8');
  return plain.includes('\uFFFD') ? [] : [plain];
};

/** Every value of the Secrets among these, as it is written and decoded: none of them may stand in what we print. */
export const secretValues = (objects: readonly KubeObject[]): readonly string[] => {
  const all = objects.filter(isSecret).flatMap(({ value }) =>
    Object.keys(value)
      .filter((key) => !open.has(key))
      .flatMap((key) => texts(value[key] ?? null)),
  );
  return [...new Set(all.flatMap((text) => [text, ...decoded(text)]))].filter((text) => text.trim() !== '');
};
