import type { World } from './world.ts';

/** Somebody who signed in to Tidegate's own pages with the hub, doing there what a browser does. */
export interface Visitor {
  /** Has a project looked at for drift now; false where nobody looks at one of that name yet. */
  lookAt(project: string): Promise<boolean>;
}

const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');

/** @param login who may write to what they look at */
export const createVisitor = async ({ hub, app }: World, login: string): Promise<Visitor> => {
  const get = (path: string, cookie = '') =>
    fetch(new URL(path, app.pagesUrl), { headers: { cookie }, redirect: 'manual' });
  const begun = await get('/login');
  const back = hub.signIn(login, begun.headers.get('location') ?? '');
  const cookie = cookiesOf(await get(back, cookiesOf(begun)));
  return {
    lookAt: async (project) => {
      const list = await (await get('/environments', cookie)).text();
      const [, path] = new RegExp(`href="(/projects/[\\w-]+)"><strong>${project}<`).exec(list) ?? [];
      if (path === undefined) return false;
      const page = await (await get(path, cookie)).text();
      const field = (name: string): string =>
        new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
      const answer = await fetch(new URL('/projects/look', app.pagesUrl), {
        method: 'POST',
        headers: { cookie, origin: new URL(app.pagesUrl).origin },
        body: new URLSearchParams({ csrf: field('csrf'), project: field('project') }),
        redirect: 'manual',
      });
      await answer.text();
      return answer.status === 303;
    },
  };
};
