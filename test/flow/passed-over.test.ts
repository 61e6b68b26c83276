import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Files } from '../../src/git/memory/objects.ts';
import {
  type Change,
  createLooker,
  data,
  external,
  type LookAs,
  type Looker,
  uses,
} from '../support/first-look.ts';

/* OpenTofu reads no `main.tf` beside `main.tofu`, and Terraform no file of OpenTofu at all. */
let looker: Looker;
beforeAll(async () => {
  looker = await createLooker();
});
afterAll(() => looker.close());

const tofu: LookAs = { settings: { runner: 'opentofu' } };
const program = external('sh', '-c', 'id');
const known: Files = { 'live/providers.tf': 'provider "external" {}\n' };

interface Story {
  readonly name: string;
  readonly base: Files;
  readonly change: Change;
  readonly finds: readonly string[];
  /** What is found where every file counts. */
  readonly byText?: readonly string[];
  readonly as?: LookAs;
}

const shadowed: readonly Story[] = [
  {
    name: 'a program in a file that another one stands for',
    base: { ...known, 'live/a.tofu': data },
    change: { 'live/a.tf': program },
    finds: [],
    byText: ['program live/a.tf:1 data.external.ids'],
  },
  {
    name: 'the same in JSON syntax',
    base: { ...known, 'live/a.tofu.json': '{}' },
    change: { 'live/a.tf.json': '{"data": {"external": {"ids": {"program": ["id"]}}}}' },
    finds: [],
    byText: ['program live/a.tf.json:1 data.external.ids'],
  },
  {
    name: 'an override that another one stands for',
    base: { ...known, 'live/a_override.tofu': data },
    change: { 'live/a_override.tf': program },
    finds: [],
    byText: [
      'override_file live/a_override.tf a_override.tf',
      'program live/a_override.tf:1 data.external.ids',
    ],
  },
  {
    name: 'a module of the repository whose file another one stands for',
    base: { ...known, 'live/m.tf': uses('../m'), 'm/a.tofu': data },
    change: { 'm/a.tf': program },
    finds: [],
    byText: ['program m/a.tf:1 data.external.ids'],
  },
  {
    name: 'a file of OpenTofu where Terraform reads',
    base: known,
    change: { 'live/a.tofu': program },
    as: {},
    finds: [],
    byText: ['program live/a.tofu:1 data.external.ids'],
  },
];

/** What is read all the same. */
const loaded: readonly (readonly [string, Files, Change, LookAs, readonly string[]])[] = [
  [
    'the file that stands for another one',
    known,
    { 'live/main.tofu': program },
    tofu,
    ['program live/main.tofu:1 data.external.ids'],
  ],
  [
    'a file that had one before it, which goes',
    { ...known, 'live/a.tf': program, 'live/a.tofu': data },
    { 'live/a.tofu': null },
    tofu,
    ['program live/a.tf:1 data.external.ids'],
  ],
  [
    'one in JSON beside one that is not',
    { ...known, 'live/a.tofu': data },
    { 'live/a.tf.json': '{"data": {"external": {"ids": {"program": ["id"]}}}}' },
    tofu,
    ['program live/a.tf.json:1 data.external.ids'],
  ],
  [
    'one beside a file of OpenTofu, where Terraform reads',
    { ...known, 'live/a.tofu': data },
    { 'live/a.tf': program },
    {},
    ['program live/a.tf:1 data.external.ids'],
  ],
  [
    'one beside a folder of that name',
    { ...known, 'live/a.tofu/x.txt': 'x' },
    { 'live/a.tf': program },
    tofu,
    ['program live/a.tf:1 data.external.ids'],
  ],
];

describe('files that the tool of the project does not read', () => {
  it.each(shadowed)('bring nothing: $name', async ({ base, change, finds, as = tofu }) => {
    expect(await looker.brings(change, base, [], as)).toEqual(finds);
  });

  it.each(shadowed)(
    'twin, where every file counts they do: $name',
    async ({ base, change, byText = [], as = tofu }) => {
      expect(await looker.brings(change, base, [], { ...as, byText: true })).toEqual(byText);
    },
  );

  it.each(loaded)('but %s does', async (_what, base, change, as, finds) => {
    expect(await looker.brings(change, base, [], as)).toEqual(finds);
  });
});
