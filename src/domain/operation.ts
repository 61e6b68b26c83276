import { quoted } from './quote.ts';

/** What changes the state of one project at once: no plan of it can be made, shown and approved. */
export const operationVerbs = ['import', 'state-rm'] as const;
export type OperationVerb = (typeof operationVerbs)[number];

export type Operation =
  /** A thing that exists comes under this address. */
  | { readonly kind: 'import'; readonly address: string; readonly id: string }
  /** What is at these addresses leaves the state, and lives on. Never empty. */
  | { readonly kind: 'state-rm'; readonly addresses: readonly string[] };

export const isOperation = (verb: string): verb is OperationVerb =>
  operationVerbs.some((known) => known === verb);

/** As it is kept with its run, whose verb says the rest. */
export const operationArguments = (operation: Operation): readonly string[] =>
  operation.kind === 'import' ? [operation.address, operation.id] : operation.addresses;

/** What a run of that verb was asked for. Throws for arguments that `operationArguments` did not make. */
export const operationOf = (verb: OperationVerb, extra: readonly string[]): Operation => {
  const [address, id, ...more] = extra;
  if (address === undefined) throw new TypeError(`a ${verb} without an address`);
  if (verb === 'state-rm') return { kind: verb, addresses: extra };
  if (id === undefined || more.length > 0) throw new TypeError('an import has one address and one id');
  return { kind: verb, address, id };
};

/** As people type it, behind a blank or a slash. */
export const operationWords: Readonly<Record<OperationVerb, string>> = {
  import: 'import',
  'state-rm': 'state rm',
};

/** What it did, for people: "`a.b` is in the state". */
export const operationDone = (operation: Operation): string => {
  if (operation.kind === 'import') return `${quoted(operation.address)} is in the state`;
  const { addresses } = operation;
  const [first = ''] = addresses;
  return addresses.length === 1
    ? `${quoted(first)} is out of the state, and lives on`
    : `${addresses.length} addresses are out of the state, and what was there lives on`;
};
