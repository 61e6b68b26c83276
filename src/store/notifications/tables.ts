import type { Generated } from 'kysely';

export interface NotificationsTable {
  seq: Generated<number>;
  id: string;
  channel: string;
  repository_id: number;
  thing: string;
  /** The thing of which it is a part; null: it stands alone. */
  conversation: string | null;
  type: string;
  level: string;
  about: string;
  body_json: string;
  /** `waiting`, `sent`, `superseded` or `dead`. */
  state: string;
  attempts: number;
  /** Why it did not arrive, at the last attempt. */
  because: string | null;
  created_at: number;
  held_until: number | null;
  ended_at: number | null;
}

/** Under which id a channel keeps what was told of a thing. */
export interface NotificationMessagesTable {
  channel: string;
  thing: string;
  message: string;
}
