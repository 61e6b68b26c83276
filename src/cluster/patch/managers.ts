import { equal, isMap, type Json, type JsonMap, listAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { decodeFields, encodeFields, type FieldSet, fieldsOf, parts, valueAt } from './field-set.ts';

/** One entry of `metadata.managedFields`. */
export interface Manager {
  readonly name: string;
  /** `Apply` owns what it said; `Update` what it happened to change. */
  readonly operation: 'Apply' | 'Update';
  readonly fields: FieldSet;
}

export const managersOf = (object: KubeObject | null): readonly Manager[] =>
  listAt(object?.metadata, 'managedFields')
    .filter(isMap)
    .filter((entry) => entry['subresource'] === undefined || entry['subresource'] === '')
    .map((entry) => ({
      name: String(entry['manager'] ?? ''),
      operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
      fields: decodeFields(entry['fieldsV1']),
    }));

/** The object with those managers; who owns nothing is left out. */
export const withManagers = (object: KubeObject, managers: readonly Manager[], now: string): KubeObject => {
  const before = listAt(object.metadata, 'managedFields').filter(isMap);
  const entries: Json[] = managers
    .filter(({ fields }) => fields.size > 0)
    .map(({ name, operation, fields }) => {
      const entry: JsonMap = {
        manager: name,
        operation,
        apiVersion: object.apiVersion,
        fieldsType: 'FieldsV1',
        fieldsV1: encodeFields(fields),
      };
      const same = before.find(
        (old) =>
          old['manager'] === name &&
          old['operation'] === operation &&
          equal(old['fieldsV1'], entry['fieldsV1']),
      );
      return { ...entry, time: same?.['time'] ?? now };
    });
  const metadata = { ...object.metadata };
  delete metadata['managedFields'];
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
};

const minus = (left: FieldSet, right: (path: string) => boolean): FieldSet =>
  new Set([...left].filter((path) => !right(path)));

/** Who owns what after somebody wrote `after` in the place of `before`, without server-side apply. */
export const afterUpdate = (
  before: KubeObject | null,
  after: KubeObject,
  name: string,
): readonly Manager[] => {
  const now = fieldsOf(after);
  const changed = new Set(
    [...now].filter(
      (path) => before === null || !equal(valueAt(before, parts(path)), valueAt(after, parts(path))),
    ),
  );
  // An item of a keyed list that was there is not new because something in it is.
  for (const path of changed)
    if (/(^|\n)k:[^\n]*$/.test(path) && before !== null && valueAt(before, parts(path)) !== undefined)
      changed.delete(path);
  const gone = (path: string): boolean => !now.has(path) && valueAt(after, parts(path)) === undefined;
  // Taken from those it belonged to, unless they are the one who writes.
  const others = managersOf(after)
    .filter((manager) => !(manager.name === name && manager.operation === 'Update'))
    .map((manager) => ({
      ...manager,
      fields: minus(manager.fields, (path) => changed.has(path) || gone(path)),
    }));
  const mine = managersOf(after).find((manager) => manager.name === name && manager.operation === 'Update');
  const fields = new Set([...minus(mine?.fields ?? new Set(), gone), ...changed]);
  return [...others, { name, operation: 'Update', fields }];
};
