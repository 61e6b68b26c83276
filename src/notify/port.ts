import type { Notification } from '../domain/notification.ts';

/** A sentence or two of what happened, for people. */
export interface Told {
  /** One line, without markup. */
  readonly title: string;
  /** Where to read on; null where no page of ours can be reached from there. */
  readonly url: string | null;
  readonly level: Notification['level'];
}

/** What is sent to a channel. */
export interface Outgoing {
  readonly notification: Notification;
  readonly told: Told;
  /** The conversation that it belongs to, a pull request; null: it stands alone. */
  readonly conversation: Told | null;
  /** Ids that the channel gave when the same thing, and its conversation, were told before; null: they were not. */
  readonly known: { readonly message: string | null; readonly conversation: string | null };
}

export type ChannelAnswer =
  /** It arrived. The ids are the channel's own, for the next time; null where it gives none. */
  | { readonly kind: 'sent'; readonly message: string | null; readonly conversation: string | null }
  /** It never takes this one: to send it again would change nothing. */
  | { readonly kind: 'refused'; readonly because: string }
  /** It may take it later. `conversation`: that much of it arrived. */
  | {
      readonly kind: 'unavailable';
      readonly because: string;
      /** Milliseconds that it asked us to wait; null where it did not say. */
      readonly retryAfterMs: number | null;
      readonly conversation: string | null;
    };

/** Where people, or their programs, are told of what happened. Nothing it answers is believed beyond that. */
export interface Channel {
  /** As the operator's file calls it. */
  readonly name: string;
  /** True: what is newest of a thing is shown in the place of what was told before, so that older ones need not be sent. */
  readonly edits: boolean;
  /** Sends it, and may have sent it where the answer is `unavailable`: at least once. Never throws for what a channel does. */
  send(outgoing: Outgoing): Promise<ChannelAnswer>;
}
