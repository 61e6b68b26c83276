/**
 * Whatever somebody does while an apply is on its way, at every call that the server makes from the command to the tool: what
 * is applied is what was approved, as the comment showed it. The names of the tests are the matrix: a row for each
 * point, a column for each thing that happens, `+` where the apply went on and `-` where it did not.
 *
 * It goes on, rightly, where something happens after the server has asked for it for the last time: a push or a move of the base
 * after the fetch, a review after the reviews were read, a changed comment after that was looked at.
 */
import { describe, expect, test } from 'vitest';
import type { Point } from './between.ts';
import { type Played, play } from './play-between.ts';
import { approval, type Happening, happenings } from './scene.ts';
import { refOf, repo, type Sabotage } from './world.ts';

/**
 * The sender's own calls are made beside the road, and are no points of it. Much is asked three times before a tool starts: of each kind of
 * call the first and the last one are enough.
 */
const onTheRoad = (points: readonly Point[]): readonly Point[] => {
  const road = points.filter(({ name }) => !/ store (reports|deliveries pending)/.test(name));
  const isEnd = (point: Point): boolean => {
    const alike = road.filter(({ name }) => name === point.name);
    return point === alike.at(0) || point === alike.at(-1);
  };
  return road.filter(isEnd);
};

interface Cell extends Played {
  readonly happens: string;
}

interface Row {
  readonly point: Point;
  readonly cells: readonly Cell[];
}

const matrixOf = async (
  approved: boolean,
  columns: Readonly<Record<string, Happening>>,
): Promise<readonly Row[]> => {
  const { points } = await play({ approved });
  const rows: Row[] = [];
  for (const point of onTheRoad(points)) {
    const cells: Cell[] = [];
    for (const [happens, happening] of Object.entries(columns))
      cells.push({ happens, ...(await play({ approved, happening, point })) });
    rows.push({ point, cells });
  }
  return rows;
};

/** A column for each happening: `+` applied, `-` not. */
const drawn = ({ cells }: Row): string => cells.map(({ applied }) => (applied ? '+' : '-')).join('');

const titled = (rows: readonly Row[]) =>
  rows.map((row, index) => [drawn(row), row.point.name, index + 1, row] as const);

const checkRow = ({ cells }: Row): void =>
  expect(cells.flatMap(({ happens, wrong }) => wrong.map((one) => `${happens}: ${one}`))).toEqual([]);

const approvedRows = await matrixOf(true, happenings);
const openRows = await matrixOf(false, { approval });

describe(`approved, and then at each point one of: ${Object.keys(happenings).join(', ')}`, () => {
  test.each(titled(approvedRows))('%s when it happens %s (%i)', (_drawn, _name, _index, row) =>
    checkRow(row),
  );

  test('there are enough points, and each happening comes in time at some and too late at others', () => {
    expect(approvedRows.length).toBeGreaterThanOrEqual(12);
    for (const [happens, { stops }] of Object.entries(happenings)) {
      const column = approvedRows.map(({ cells }) => cells.find((one) => one.happens === happens)?.applied);
      expect(new Set(column), happens).toEqual(new Set(stops === 'never' ? [true] : [true, false]));
    }
  });
});

describe('approved for another plan, and then at each point: an approval', () => {
  test.each(titled(openRows))('%s when it is given %s (%i)', (_drawn, _name, _index, row) => checkRow(row));

  test('it comes in time at some points, and too late at others', () => {
    expect(new Set(openRows.map(drawn))).toEqual(new Set(['+', '-']));
  });
});

type Twin = (waits: () => boolean) => Sabotage;

/** Asks once while an apply waits, and never again. */
const once = <Args extends unknown[], T>(
  waits: () => boolean,
  call: (...args: Args) => Promise<T>,
  keyOf: (...args: Args) => unknown,
) => {
  const known = new Map<unknown, Promise<T>>();
  return (...args: Args): Promise<T> => {
    if (!waits()) return call(...args);
    const key = keyOf(...args);
    const answer = known.get(key) ?? call(...args);
    known.set(key, answer);
    return answer;
  };
};

/** What counts is what was so when the command was read: the gate is asked before the wait. */
const tooEarly: Twin = (waits) => (ports) => {
  const forge = {
    ...ports.forge,
    pull: once(waits, ports.forge.pull, () => 0),
    reviews: once(waits, ports.forge.reviews, () => 0),
    authorship: once(waits, ports.forge.authorship, () => 0),
    permission: once(waits, ports.forge.permission, (_, login) => login),
    comment: once(waits, ports.forge.comment, (_, id) => id),
  };
  const fetch = once(waits, ports.git.fetch, () => 0);
  const tips = once(waits, ports.git.tips, () => 0);
  const askAll = async (): Promise<void> => {
    const wish = { url: '', token: '', pullNumber: 1, baseRef: 'main' };
    const { head } = await forge.pull(refOf(1));
    await Promise.all([forge.reviews(refOf(1)), forge.authorship(refOf(1), head.sha)]);
    await Promise.all([fetch(repo, wish), tips(repo, wish)]);
    await forge.permission(repo, 'grace');
    for (let id = 1; id < 60; id += 1) await forge.comment(refOf(1), id);
  };
  const permission: typeof forge.permission = async (of, login) => {
    if (waits() && login === 'ada') await askAll();
    return forge.permission(of, login);
  };
  return { ...ports, forge: { ...forge, permission }, git: { ...ports.git, fetch, tips } };
};

/** Every approval counts, whatever it was given for. */
const anyApproval: Twin = () => (ports) => ({
  ...ports,
  forge: {
    ...ports.forge,
    reviews: async (ref) => {
      const [{ head }, reviews] = await Promise.all([ports.forge.pull(ref), ports.forge.reviews(ref)]);
      return reviews.map((one) => ({ ...one, commit: head.sha, submittedAt: ports.clock.now() }));
    },
  },
});

describe('a twin is found out that', () => {
  const found = expect.arrayContaining([expect.stringMatching(/^applied, and /)]);
  // The tool's version is asked for: the last thing before the gate.
  const point = approvedRows.find((row) => row.point.name === 'before tool')?.point;
  const columns = Object.entries(happenings).filter(([, { stops }]) => stops === 'exactly');

  test.each([...columns, ['board edit (unheard)', happenings['board edit (unheard)']] as const])(
    'looks too early to see: %s',
    async (_, happening) => {
      if (point === undefined || happening === undefined) throw new Error('no such point');
      const { wrong } = await play({ approved: true, happening, point, twin: tooEarly });
      expect(wrong).toEqual(found);
    },
  );

  test('counts approvals of other plans', async () => {
    expect((await play({ approved: false })).wrong).toEqual([]);
    expect((await play({ approved: false, twin: anyApproval })).wrong).toEqual(found);
  });
});
