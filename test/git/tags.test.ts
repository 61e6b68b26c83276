import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { readTags } from '../../src/git/local/tags.ts';
import { createHouse, type House, repo } from './house.ts';

const houses: House[] = [];
afterEach(async () => {
  for (const house of houses.splice(0)) await house.close();
});
const build = async (...wish: Parameters<typeof createHouse>): Promise<House> => {
  const house = await createHouse(...wish);
  houses.push(house);
  return house;
};

describe('tags of a server', () => {
  test('that are objects of their own lead to what these are of, however deep, and no name breaks the list', async () => {
    const { author, git, wish, commit } = await build();
    const at = commit({ 'a.tf': 'one' });
    author.git(['tag', '-a', '-m', 'first', 'v1.0.0', at]);
    author.git(['tag', '-a', '-m', 'of a tag', 'v1.0.1', 'v1.0.0']);
    author.git(['tag', 'tree', `${at}^{tree}`]);
    const latin = Buffer.concat([Buffer.from('refs/tags/'), Buffer.from([0xe9]), Buffer.from('-1.0.0')]);
    author.git(
      ['update-ref', '--stdin', '-z'],
      Buffer.concat([Buffer.from('create '), latin, Buffer.from(`\0${at}\0`)]),
    );
    const tags = await git.tags(repo, wish());
    expect([...tags.keys()].toSorted()).toEqual(['tree', 'v1.0.0', 'v1.0.1']);
    expect([tags.get('v1.0.0'), tags.get('v1.0.1')]).toEqual([at, at]);
    expect(tags.get('tree')).toBe(author.git(['rev-parse', `${at}^{tree}`]));
    expect(await git.hasCommit(repo.id, at)).toBe(false);
  });

  test('are told in their thousands', { tags: ['long'] }, async () => {
    const { author, git, wish, commit } = await build();
    const at = commit({ 'a.tf': 'one' });
    author.git(
      ['update-ref', '--stdin'],
      Array.from({ length: 5_000 }, (_, number) => `create refs/tags/v1.${number}.0 ${at}\n`).join(''),
    );
    expect((await git.tags(repo, wish())).size).toBe(5_000);
  });

  test('are asked for with the token, and a server that is away is told as for a fetch', async () => {
    const house = await build({}, { token: 'secret' });
    await expect(house.git.tags(repo, house.wish({ token: 'wrong' }))).rejects.toMatchObject({
      name: 'FetchFailed',
    });
    expect(await house.git.tags(repo, house.wish())).toEqual(new Map());
    await expect(
      house.git.tags(repo, house.wish({ url: 'http://127.0.0.1:9/infra.git' })),
    ).rejects.toMatchObject({ reason: 'unreachable' });
  });

  test('are read from any bytes without a word that is not there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const [name, object] of readTags(Buffer.from(bytes))) {
          expect(Buffer.from(bytes).toString('latin1')).toContain(
            `${object}\trefs/tags/${Buffer.from(name).toString('latin1')}`,
          );
        }
      }),
    );
    const id = 'a'.repeat(40);
    expect([...readTags(Buffer.from(`${id}\trefs/heads/main\n${id}\trefs/tags/v1\nnothing\n`))]).toEqual([
      ['v1', id],
    ]);
  });
});
