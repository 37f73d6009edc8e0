export type LogFields = Readonly<Record<string, unknown>>;

/** Static lower-case messages, stable fields (`cluster`, `block`, `endpoint`, `queue`). Powertools' Logger fits it. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
