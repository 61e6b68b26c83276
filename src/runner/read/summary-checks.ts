import { sameValue } from './canonical.ts';
import type { ItemAction, SummaryFile, SummaryItem } from './summary-schema.ts';
import { unreadable } from './unreadable.ts';

const wrong = (what: string): never => {
  throw unreadable(`The summary that the tool wrote does not fit itself: ${what}.`);
};

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

const checkItem = ({ address, action, before, after, unknown }: SummaryItem): void => {
  const named = `\`${address}\``;
  if (action === 'create' && isThere(before)) wrong(`${named} is created, and has a \`before\``);
  if (action === 'delete' && isThere(after)) wrong(`${named} is deleted, and has an \`after\``);
  if (
    action === 'noop' &&
    (unknown.length > 0 || (isThere(before) && isThere(after) && !sameValue(before, after)))
  )
    wrong(`nothing is done to ${named}, and it changes`);
};

/** Throws UserError `plan-unreadable` for a summary of which two parts say different things. */
export const checkSummary = (file: SummaryFile): void => {
  const addresses = new Set<string>();
  const counted: Record<ItemAction, number> = {
    create: 0,
    update: 0,
    replace: 0,
    delete: 0,
    import: 0,
    forget: 0,
    noop: 0,
  };
  for (const item of file.items) {
    if (addresses.has(item.address)) wrong(`\`${item.address}\` is in it twice`);
    addresses.add(item.address);
    counted[item.action] += 1;
    checkItem(item);
  }
  for (const { action, many } of Object.entries(counted).map(([action, many]) => ({ action, many }))) {
    const said = Object.entries(file.changes).find(([name]) => name === action)?.[1] ?? 0;
    const fits = action === 'noop' ? said >= many : said === many;
    if (!fits) wrong(`it counts ${said} of \`${action}\`, and has ${many}`);
  }
  const outputs = new Set<string>();
  for (const { name } of file.outputs) {
    if (outputs.has(name)) wrong(`the output \`${name}\` is in it twice`);
    outputs.add(name);
  }
  for (const text of file.unpredictable) {
    if (!addresses.has(text.split('#')[0] ?? '') && !addresses.has(text))
      wrong(`\`${text}\` is unpredictable, and no item has this address`);
  }
};
