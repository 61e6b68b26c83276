import type { Operation, OperationVerb } from './operation.ts';
import type { Problem } from './problem.ts';
import { printable, quoted } from './quote.ts';
import { isResourceAddress } from './resource-address.ts';

type Read = { readonly value: Operation } | { readonly problem: Problem };

const longestId = 1024;
const mostAddresses = 20;

const usage: Readonly<Record<OperationVerb, string>> = {
  import:
    'Write `/import ADDRESS ID`, for example `/import -p network aws_vpc.main["blue"] vpc-0a1b2c`. What holds blanks stands in quotes: `\'aws_vpc.main["a b"]\'`.',
  'state-rm':
    'Write `/state rm ADDRESS`, for example `/state rm -p network aws_vpc.main["blue"]`. What holds blanks stands in quotes: `\'aws_vpc.main["a b"]\'`.',
};

const no = (verb: OperationVerb, sentence: string): { readonly problem: Problem } => ({
  problem: { code: 'command-invalid', sentence, advice: usage[verb] },
});

const noAddress = (verb: OperationVerb, text: string) =>
  no(verb, `${quoted(text)} is not an address such as \`module.app["blue"].aws_instance.web[0]\`.`);

/** Why a tool may not be given this id; null for a good one. */
const idRefusal = (id: string): string | null => {
  if (id.trim() === '') return 'The id of what is imported is empty.';
  if (id.length > longestId) return `The id is longer than ${longestId.toLocaleString('en')} characters.`;
  if (id.startsWith('-')) return `${quoted(id)}: an id that starts with \`-\` could be taken for an option.`;
  return printable(id) === id ? null : `${quoted(id)} holds characters that nobody sees.`;
};

/** Reads the words behind `/import`: an address, and an id of any printable characters. */
const readImport = (words: readonly string[]): Read => {
  const [address, id, ...more] = words;
  if (address === undefined || id === undefined)
    return no('import', '`import` needs an address and the id of what exists.');
  if (more.length > 0) return no('import', `${quoted(more.join(' '))} is not understood behind the id.`);
  if (!isResourceAddress(address)) return noAddress('import', address);
  const refused = idRefusal(id);
  return refused === null ? { value: { kind: 'import', address, id } } : no('import', refused);
};

/** Reads the words behind `/state`: `rm`, and addresses. */
const readState = (words: readonly string[]): Read => {
  const [action, ...rest] = words;
  if (action !== 'rm')
    return no(
      'state-rm',
      action === undefined ? '`state` needs `rm` behind it.' : `There is no ${quoted(`state ${action}`)}.`,
    );
  const addresses = [...new Set(rest)];
  const wrong = addresses.find((address) => !isResourceAddress(address));
  if (wrong !== undefined) return noAddress('state-rm', wrong);
  if (addresses.length === 0) return no('state-rm', '`state rm` needs an address.');
  if (addresses.length > mostAddresses)
    return no('state-rm', `More than ${mostAddresses} addresses are asked for at once.`);
  return { value: { kind: 'state-rm', addresses } };
};

/** Reads what stands beside selectors behind a verb that changes the state. */
export const readOperation = (verb: 'import' | 'state', words: readonly string[]): Read =>
  verb === 'import' ? readImport(words) : readState(words);
