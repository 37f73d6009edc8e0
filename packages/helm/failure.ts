import { type MusterbookError, RetryableError, TerminalError } from "#fleet/errors";
import type { Finished } from "#helm/process";

const TAIL = 2_000;
/** Lines that helm 4 logs beside its error. */
const NOISE = /^(?:WARNING:|level=|time=|\d{4}[-/]\d\d[-/]\d\d|I\d{4} |W\d{4} |E\d{4} )/;

interface Rule {
  readonly pattern: RegExp;
  readonly make: (words: string, subject: string) => MusterbookError;
}

/** helm's sentences, as 4.1 and 4.2 write them (measured). First match wins. */
const RULES: readonly Rule[] = [
  {
    pattern: /another operation \(install\/upgrade\/rollback\) is in progress/,
    make: busy,
  },
  {
    pattern: /invalid ownership metadata|cannot be imported into the current release|Apply failed with \d+ conflict/,
    make: (words, subject) =>
      new TerminalError(`${subject}: an object belongs to somebody else: ${words}`, {
        reason: "helm-foreign-object",
        remedy:
          "Remove or rename the object that helm names, or set the cluster's mode to register: Musterbook never takes over.",
      }),
  },
  {
    pattern: /context canceled/,
    make: (words, subject) => interrupted(subject, words),
  },
  {
    pattern:
      /cluster unreachable|connection refused|connection reset|i\/o timeout|TLS handshake timeout|[Bb]roken pipe|no such host|too many requests|unexpected EOF/,
    make: (words, subject) =>
      new RetryableError(`${subject}: the API server cannot be reached: ${words}`, {
        reason: "unreachable",
        remedy: "Nothing to do if it passes; else check the cluster's endpoint access and its health.",
      }),
  },
  {
    // Kubernetes 1.36 goes on with "may not be more than 1048576 bytes", older ones with "must have at most".
    // Over 3 MiB the API server reads no further.
    pattern: /Secret "sh\.helm\.release\.[^"]*" is invalid: data: Too long|Request entity too large/,
    make: tooLarge,
  },
];

/** The error that a helm run ended in; `secrets` are blanked wherever they turn up in helm's words. */
export function failureOf(subject: string, finished: Finished, secrets: readonly string[]): MusterbookError {
  // Before it is cut: half a token is not found any more, and still most of a token.
  const words = tail(blank(finished.stderr, secrets));
  if (finished.interrupted || finished.signal !== null) return interrupted(subject, words);
  const rule = RULES.find(({ pattern }) => pattern.test(words));
  if (rule !== undefined) return rule.make(words, subject);
  return new TerminalError(`${subject} failed: ${words || `exit code ${finished.code}`}`, {
    reason: "helm-failed",
    remedy: "Read helm's words; after a change of values or of the cluster the next look tries again.",
  });
}

export function interrupted(subject: string, words: string): RetryableError {
  return new RetryableError(`${subject} was stopped before its deadline${words === "" ? "" : `: ${words}`}`, {
    reason: "helm-interrupted",
    remedy: "Nothing to do: the next look goes on. If it repeats, the cluster's API is slow or a hook Job hangs.",
  });
}

export function busy(words: string, subject: string): RetryableError {
  return new RetryableError(`${subject}: ${words}`, {
    reason: "helm-busy",
    remedy: "Wait for the other operation; a revision left in pending-* by a killed helm is repaired by a later look.",
  });
}

export function tooLarge(words: string, subject: string): TerminalError {
  return new TerminalError(`${subject}: the release record is too large for a Secret: ${words}`, {
    reason: "helm-failed",
    remedy: "Move long rules or dashboards out of the values into ConfigMaps and PrometheusRules of their own.",
  });
}

function tail(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !NOISE.test(line));
  const text = lines.join("\n").replace(/^Error: /m, "");
  return text.length <= TAIL ? text : `...${text.slice(-TAIL)}`;
}

function blank(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
