import { Logger, type LogItem } from "@aws-lambda-powertools/logger";
import type { Log, LogFields } from "#fleet/log";

/** Powertools' Logger with its lines sent elsewhere than to the process's own output, which belongs to the person at the terminal. */
export class SinkLogger extends Logger {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    super({ serviceName: "musterbook" });
    this.#write = write;
  }

  protected override printLog(_level: number, item: LogItem): void {
    item.prepareForPrint();
    this.#write(JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
  }
}

/** Powertools' Logger as the port that everything below the edge knows. */
export function logTo(logger: Logger): Log {
  const at = (level: keyof Log) => (message: string, fields?: LogFields) =>
    fields === undefined ? logger[level](message) : logger[level](message, fields);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
