/**
 * What a table says under a key that somebody else chose. An object literal also answers to the names that every object inherits
 * (`constructor`, `toString`, `__proto__`): such a name gets undefined here, like any other key that the table does not have.
 */
export const ownValue = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
