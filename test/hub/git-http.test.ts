import { execa } from 'execa';
import { expect, it } from 'vitest';
import { createGitHttp } from '../../src/hub/git/http.ts';
import { temporaryFolder } from '../support/leftovers.ts';

it('tells what git can do as git tells it, and anew when the repository is set up in another way', async () => {
  const folder = temporaryFolder('abilities');
  const git = (...args: string[]) => execa('git', args, { cwd: folder });
  await git('init', '-q', '--bare', '.');
  const gitHttp = createGitHttp();
  const abilities = async (): Promise<string> => {
    const answer = await gitHttp(folder, {
      method: 'GET',
      path: '/info/refs',
      query: 'service=git-upload-pack',
      headers: new Headers({ 'git-protocol': 'version=2' }),
      body: null,
      user: 'ada',
    });
    expect(answer.headers.get('content-type')).toBe('application/x-git-upload-pack-advertisement');
    return await answer.text();
  };
  const first = await abilities();
  expect(first).toContain('version 2');
  expect(first).not.toContain('filter');
  expect(await abilities()).toBe(first);
  await git('config', 'uploadpack.allowFilter', 'true');
  const second = await abilities();
  expect(second).toContain('filter');
  expect(await abilities()).toBe(second);
});
