import { type KubeObject, namespaceOf } from './objects.ts';

export interface BehaviourMatch {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string | RegExp;
  /** As it was written: an image, a variable. */
  readonly where?: (object: KubeObject) => boolean;
}

/** How a workload fares. */
export interface Behaviour {
  /**
   * `ready` (or, for a Job, complete), `failed`, or `never`: neither the one nor the other. Pods of what is not ready
   * say why.
   */
  readonly outcome?: 'ready' | 'failed' | 'never';
  /** Until then nothing is seen of it. */
  readonly delayMs?: number;
  /** What its pods have printed. */
  readonly log?: string;
}

export interface Behaviours {
  behave(match: BehaviourMatch, behaviour: Behaviour): void;
  of(object: KubeObject): Required<Behaviour>;
}

export const createBehaviours = (): Behaviours => {
  const said: { readonly match: BehaviourMatch; readonly behaviour: Behaviour }[] = [];
  const fits = ({ kind, namespace, name, where }: BehaviourMatch, object: KubeObject): boolean =>
    (where === undefined || where(object)) &&
    (kind === undefined || kind === object.kind) &&
    (namespace === undefined || namespace === namespaceOf(object)) &&
    (name === undefined ||
      (typeof name === 'string' ? name === object.metadata.name : name.test(object.metadata.name)));
  return {
    behave: (match, behaviour) => {
      said.unshift({ match, behaviour });
    },
    of: (object) => ({
      outcome: 'ready',
      delayMs: 0,
      log: '',
      ...said.find(({ match }) => fits(match, object))?.behaviour,
    }),
  };
};
