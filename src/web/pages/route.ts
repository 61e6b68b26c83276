import type { Context } from 'hono';
import type { Lock } from '../../domain/lock.ts';
import type { RepoRef } from '../../domain/pull.ts';
import type { Run } from '../../domain/run.ts';
import type { Tracked } from '../../domain/tracked.ts';
import type { Reader } from './reader.ts';

type Answer = Response | Promise<Response>;

/** A run that the reader may see. */
export interface SeenRun {
  readonly run: Run;
  readonly repo: RepoRef;
}

/** A project that the reader may see. */
export interface SeenProject {
  readonly tracked: Tracked;
}

/** A lock that the reader may see. */
export interface SeenLock {
  readonly lock: Lock;
  readonly repo: RepoRef;
}

/**
 * Who gets in. What a route is given to work on was looked up, and its reader asked for, before it was called: no handler
 * decides by an id of its own what may be seen, so that none can forget to.
 */
export type Route = { readonly path: `/${string}` } & (
  | {
      readonly method: 'GET';
      /** Everybody who reaches the listener. `because` says why that is no harm. */
      readonly who: 'anyone';
      readonly because: string;
      handle(c: Context): Answer;
    }
  | {
      readonly method: 'GET';
      /** Whoever collects metrics: on loopback anybody, elsewhere whoever has the token for it. */
      readonly who: 'scraper';
      handle(c: Context): Answer;
    }
  | {
      readonly method: 'GET';
      /** Somebody who is signed in; sees what `reader` says, no more. */
      readonly who: 'reader';
      handle(c: Context, reader: Reader): Answer;
    }
  | {
      readonly method: 'GET';
      /** The same, with the run of `:id`, if it may be seen. */
      readonly who: 'reader of the run';
      handle(c: Context, reader: Reader, seen: SeenRun): Answer;
    }
  | {
      readonly method: 'GET';
      /** The same, with the project that the path names, if it may be seen. */
      readonly who: 'reader of the project';
      handle(c: Context, reader: Reader, seen: SeenProject): Answer;
    }
  | {
      /** Changes something: wants a form of ours. */
      readonly method: 'POST';
      readonly who: 'reader';
      handle(c: Context, reader: Reader): Answer;
    }
  | {
      readonly method: 'POST';
      /** With the project that the form's `project` names, if it may be seen. */
      readonly who: 'reader of the project';
      handle(c: Context, reader: Reader, seen: SeenProject): Answer;
    }
  | {
      readonly method: 'POST';
      /** With the lock that the form's `lock` and `pull` name, if it may be seen. */
      readonly who: 'reader of the lock';
      handle(c: Context, reader: Reader, seen: SeenLock): Answer;
    }
);
