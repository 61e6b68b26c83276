import type { Hub } from '../../../src/hub/hub.ts';
import { startHub } from '../world.ts';

interface Visit {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Sends a form of our own page, as somebody. */
  act(login: string, action: string, fields?: Record<string, string>): Promise<Response>;
  text(path: string): Promise<string>;
}

/** A browser without the browser: keeps cookies, follows nothing. */
export const visit = async (hub: Hub): Promise<Visit> => {
  const jar = new Map<string, string>();
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${hub.url}${path}`, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers ?? {}), cookie },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    return answer;
  };
  const post: Visit['post'] = (path, fields, headers = {}) =>
    send(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: hub.url, ...headers },
    });
  await send(`/?token=${hub.pagesToken}`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(await (await send('/')).text())?.[1] ?? '';
  return {
    get: (path, headers = {}) => send(path, { headers }),
    post,
    act: async (login, action, fields = {}) => {
      await post('/session', { csrf, login });
      return post(`/acme/infra/pull/1/${action}`, { csrf, ...fields });
    },
    text: async (path) => (await send(path)).text(),
  };
};

export const world = async (): Promise<Hub> => {
  const hub = await startHub();
  for (const login of ['ada', 'grace', 'eve']) hub.addUser(login);
  hub.addOrganisation('acme', { owners: ['ada'] });
  await hub.addRepository('acme', 'infra', {
    private: true,
    files: { 'main.tf': 'a = 1\n' },
    permissions: { grace: 'write' },
  });
  await hub.pushFiles('acme/infra', 'change', { from: 'main', files: { 'main.tf': 'a = 2\n' }, as: 'grace' });
  await hub.openPull('acme/infra', { title: 'Two <b>', head: 'change', base: 'main', as: 'grace' });
  return hub;
};
