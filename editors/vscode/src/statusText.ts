// The words of the status bar item.

export type ServerState =
  | { kind: "starting" }
  | { kind: "running"; version: string | undefined; hosts?: number }
  | { kind: "stopped" }
  | { kind: "missing"; reason: string };

export interface Described {
  icon: string;
  /** What follows the name in the bar. */
  short: string;
  /** What is said on hover, and to those who listen. */
  long: string;
  problem: boolean;
}

export function describe(state: ServerState, problems: number): Described {
  switch (state.kind) {
    case "starting":
      return { icon: "$(sync~spin)", short: "", long: "is starting", problem: false };
    case "running": {
      const running = state.version ? `${state.version} is running` : "is running";
      // Before the first analysis nothing is known.
      if (state.hosts === undefined) {
        return { icon: "$(sync~spin)", short: " reading", long: `${running} and reads the repository`, problem: false };
      }
      const found = `${counted(state.hosts, "host")}, ${counted(problems, "problem")}`;
      return { icon: "$(check)", short: ` ${found}`, long: `${running}: ${found}`, problem: false };
    }
    case "stopped":
      return { icon: "$(circle-slash)", short: "", long: "has stopped", problem: true };
    case "missing":
      return { icon: "$(warning)", short: "", long: state.reason, problem: true };
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
