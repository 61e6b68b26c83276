import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import type { AppDesk, InstalledRepository, RequiredCheck } from '../app/port.ts';
import { NotAnswered } from '../app/port.ts';
import type { ConnectionOptions } from './connection.ts';
import { fieldsOf, positive, text } from './fields.ts';

/** For one question and its answer, from first to last byte. */
const limitMs = 10_000;
const pageSize = 100;
const mostPages = 5;

type Headers = Readonly<Record<string, unknown>>;

const messageOf = (error: unknown): string => {
  const told = text(fieldsOf(fieldsOf(fieldsOf(error)?.['response'])?.['data'])?.['message']);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  const own = error instanceof Error ? error.message : String(error);
  return (told ?? (cause === '' || own.includes(cause) ? own : `${own}: ${cause}`)).slice(0, 300);
};

/**
 * GitHub's answers to what an App may ask about itself: https://docs.github.com/en/rest/apps
 *
 * Apart from the connection that the server works through: no cache, no waiting, and the answers' own time is kept.
 */
export const createAppDesk = (options: ConnectionOptions): AppDesk => {
  const { appId, privateKey, apiUrl, clock } = options;
  const settings = {
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'tidegate',
    // Octokit says by itself that a clock is wrong; the doctor says it better.
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    ...(options.fetch === undefined ? {} : { request: { fetch: options.fetch } }),
  };
  const asApp = new Octokit({ ...settings, authStrategy: createAppAuth, auth: { appId, privateKey } });

  /** GitHub writes whole seconds, cut off; half of one is the best guess. The answer was on its way for half of the wait. */
  const clockAhead = (headers: Headers | null, askedAt: number): number | null => {
    const there = Date.parse(text(headers?.['date']) ?? '');
    return Number.isNaN(there) ? null : there + 500 - (askedAt + clock.now()) / 2;
  };

  const asked = async <T>(
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly askedAt: number }> => {
    const askedAt = clock.now();
    const done = new AbortController();
    const late = new AbortController();
    void clock.sleep(limitMs, done.signal).then(() => late.abort());
    try {
      return { answer: await call(late.signal), askedAt };
    } catch (error) {
      const isLate = late.signal.aborted && !done.signal.aborted;
      const response = fieldsOf(fieldsOf(error)?.['response']);
      throw new NotAnswered(
        isLate ? `no answer within ${limitMs / 1000} s` : messageOf(error),
        positive(response?.['status']),
        clockAhead(fieldsOf(response?.['headers']), askedAt),
      );
    } finally {
      done.abort();
    }
  };

  const asInstallation = async (id: number): Promise<Octokit> => {
    const { answer } = await asked((signal) =>
      asApp.rest.apps.createInstallationAccessToken({ installation_id: id, request: { signal } }),
    );
    return new Octokit({ ...settings, auth: answer.data.token });
  };

  const protection = async (octokit: Octokit, repo: InstalledRepository): Promise<RequiredCheck[]> => {
    const { answer } = await asked((signal) =>
      octokit.rest.repos.getBranch({ ...partsOf(repo), branch: repo.defaultBranch, request: { signal } }),
    );
    const checks = answer.data.protection.required_status_checks?.checks ?? [];
    return checks.map((check) => ({ name: check.context, appId: positive(check.app_id) }));
  };

  const rules = async (octokit: Octokit, repo: InstalledRepository): Promise<RequiredCheck[]> => {
    const { answer } = await asked((signal) =>
      octokit.rest.repos.getBranchRules({
        ...partsOf(repo),
        branch: repo.defaultBranch,
        per_page: pageSize,
        request: { signal },
      }),
    );
    return answer.data.flatMap((rule) =>
      rule.type === 'required_status_checks'
        ? (rule.parameters?.required_status_checks ?? []).map((check) => ({
            name: check.context,
            appId: positive(check.integration_id),
          }))
        : [],
    );
  };

  return {
    registration: async () => {
      const { answer, askedAt } = await asked((signal) =>
        asApp.rest.apps.getAuthenticated({ request: { signal } }),
      );
      const { data } = answer;
      if (data === null) throw new NotAnswered('an empty answer', 200, null);
      return {
        name: data.name,
        settingsUrl: data.html_url,
        // The types know only some permissions by name; GitHub has more every year.
        permissions: Object.fromEntries(
          Object.entries(data.permissions).flatMap(([name, level]) =>
            typeof level === 'string' ? [[name, level]] : [],
          ),
        ),
        events: data.events,
        clientId: data.client_id ?? null,
        clockAheadMs: clockAhead(fieldsOf(answer.headers), askedAt),
      };
    },

    hook: async () => {
      const { answer } = await asked((signal) =>
        asApp.rest.apps.getWebhookConfigForApp({ request: { signal } }),
      );
      const { url, content_type: contentType, secret, insecure_ssl: insecure } = answer.data;
      return {
        url: url === undefined || url === '' ? null : url,
        contentType: contentType ?? null,
        hasSecret: secret !== undefined && secret !== '',
        verifiesTls: String(insecure ?? '0') === '0',
      };
    },

    attempts: async () => {
      const { answer } = await asked((signal) =>
        asApp.rest.apps.listWebhookDeliveries({ per_page: pageSize, request: { signal } }),
      );
      return answer.data.map((one) => ({
        delivery: one.guid,
        event: one.event,
        statusCode: one.status_code,
        status: one.status,
      }));
    },

    installations: async () => {
      const { answer } = await asked((signal) =>
        asApp.rest.apps.listInstallations({ per_page: pageSize, request: { signal } }),
      );
      return answer.data.map((one) => ({
        id: one.id,
        account: text(fieldsOf(one.account)?.['login']) ?? `account ${one.target_id}`,
        url: one.html_url,
        suspended: one.suspended_at !== null && one.suspended_at !== undefined,
        permissions: Object.fromEntries(
          Object.entries(one.permissions).flatMap(([name, level]) =>
            typeof level === 'string' ? [[name, level]] : [],
          ),
        ),
      }));
    },

    repositories: async (installationId) => {
      const octokit = await asInstallation(installationId);
      const repositories: InstalledRepository[] = [];
      for (let page = 1; page <= mostPages; page += 1) {
        const { answer } = await asked((signal) =>
          octokit.rest.apps.listReposAccessibleToInstallation({
            per_page: pageSize,
            page,
            request: { signal },
          }),
        );
        for (const { id, full_name: name, default_branch: defaultBranch } of answer.data.repositories)
          repositories.push({ id, installationId, name, defaultBranch });
        if (repositories.length >= answer.data.total_count) return { repositories, complete: true };
      }
      return { repositories, complete: false };
    },

    requiredChecks: async (repo) => {
      const octokit = await asInstallation(repo.installationId);
      return [...(await protection(octokit, repo)), ...(await rules(octokit, repo))];
    },
  };
};

const partsOf = ({ name }: InstalledRepository): { readonly owner: string; readonly repo: string } => {
  const [owner = '', repo = ''] = name.split('/');
  return { owner, repo };
};
