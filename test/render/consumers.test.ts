import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Consumer,
  type ConsumersLook,
  type Effect,
  effects,
  nothingFound,
} from '../../src/domain/consumers.ts';
import { sha } from '../../src/domain/ids.ts';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { hostile } from './hostile.ts';
import { all, linkableText, parse, textOf, toPage } from './parse.ts';

const { consumers } = createRenderer();

const none = {
  create: 0,
  update: 0,
  replace: 0,
  delete: 0,
  import: 0,
  move: 0,
  forget: 0,
  read: 0,
  invoke: 0,
  deferred: 0,
};
const one = (project: string, effect: Effect, more: Partial<Consumer> = {}): Consumer => ({
  repository: 'acme/shop',
  project,
  effect,
  counts: null,
  because: null,
  dangers: [],
  ...more,
});
const look = (found: Partial<ConsumersLook['found']>, more: Partial<ConsumersLook> = {}): ConsumersLook => ({
  repo: { id: 1, owner: 'acme', name: 'modules', installationId: 2 },
  pullNumber: 1,
  commentId: 3,
  actor: { id: 4, login: 'ada', kind: 'user' },
  state: 'done',
  found: { ...nothingFound, headSha: sha('a'.repeat(40)), ...found },
  at: 0,
  ...more,
});

describe('what a pull request does to projects of other repositories', () => {
  test('has the dangerous first, and says how many there are of each', () => {
    const text = consumers(
      'm',
      look({
        consumers: effects.map((effect, at) =>
          one(`p${at}`, effect, { because: effect === 'failed' ? 'the `tool` failed' : null }),
        ),
        untouched: 2,
        repositories: 3,
        unread: ['acme/gone'],
      }),
    );
    const shown = textOf(parse(text));
    expect(shown).toContain(
      '9 projects: 1 destroy, 1 replace, 1 failed, 1 change, 1 wait for trust, 1 may not be planned, 1 not planned, 1 being planned, 1 no changes.',
    );
    const order = effects.map((_, at) => text.indexOf(`\`p${at}\``));
    expect(order).toEqual(order.toSorted((first, second) => first - second));
    expect(shown).toContain('2 more projects use this repository');
    expect(shown).toContain('1 repository could not be read, acme/gone first');
  });

  test('names what would go, and counts the rest', () => {
    const dangers = [
      { address: 'a.b', action: 'delete' as const },
      { address: 'a.c', action: 'replace' as const },
    ];
    const counts = { ...none, delete: 4, replace: 1 };
    const text = textOf(
      parse(consumers('m', look({ consumers: [one('web', 'destroy', { counts, dangers })] }))),
    );
    expect(text).toContain('1 to replace, 4 to destroy');
    expect(text).toContain('destroys a.b, replaces a.c, and 3 more');
  });

  test('says what somebody has to trust, and how', () => {
    const findings = [
      {
        kind: 'program' as const,
        path: 'net/main.tf',
        line: 3,
        subject: 'data.external.ids',
        place: null,
        answer: 'trust' as const,
      },
    ];
    const text = textOf(parse(consumers('m', look({ consumers: [one('web', 'held')], findings }))));
    expect(text).toContain('comments /trust aaaaaaaaaaaa');
    expect(text).toContain('net/main.tf:3 runs a program while it is planned: data.external.ids');
  });

  test('stays short of what a comment holds, and says what it leaves out', () => {
    const many = Array.from({ length: 3_000 }, (_, at) =>
      one(`project-${at}`.padEnd(100, 'x'), 'replace', { because: 'z'.repeat(300) }),
    );
    const text = consumers('m', look({ consumers: many }));
    expect(byteLength(text)).toBeLessThan(byteLimit);
    expect(textOf(parse(text))).toContain('3,000 projects: 3,000 replace');
    expect(textOf(parse(text))).toMatch(/and 2,9\d\d more/);
  });

  test('keeps its shape whatever repositories and projects are called', () => {
    fc.assert(
      fc.property(hostile(), hostile(), hostile(), (name, words, login) => {
        const rows = effects.map((effect) =>
          one(name, effect, {
            repository: words,
            because: effect === 'change' ? null : words,
            counts: none,
            dangers: [{ address: name, action: 'delete' }],
          }),
        );
        const found = { consumers: rows, unread: [words], findings: [] };
        const actor = { id: 4, login, kind: 'user' as const };
        for (const view of [look(found, { actor }), look({ because: words }, { actor })]) {
          const body = consumers('tidegate:consumers:1/1', view);
          expect(body.startsWith('<!-- tidegate:consumers:1/1 -->\n')).toBe(true);
          const tree = toPage(body);
          const tags = new Set(all(tree, 'element').map(({ tagName }) => tagName));
          for (const fine of ['p', 'strong', 'code', 'ul', 'li', 'br', 'details', 'summary'])
            tags.delete(fine);
          expect([...tags]).toEqual([]);
          expect(linkableText(tree)).not.toMatch(/@[a-z\d]|#\d|GH-\d|:\/\/|www\./i);
        }
      }),
    );
  });
});
