/** The part of Pulumi's SDK that the harness uses. The SDK itself comes with the SST platform. */

export interface MockResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Mocks {
  newResource(args: MockResource): Promise<{ readonly id: string; readonly state: object }>;
  call(args: {
    readonly token: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly provider?: string;
  }): Promise<object>;
}

export type Reply<T> = (error: unknown, answer: T) => void;

/** The wire form of a request to make a resource. */
export interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): readonly string[];
  getProtect(): boolean;
  getIgnorechangesList(): readonly string[];
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getImportid(): string;
}
/** The wire form of a request to read a resource that exists. */
export interface ReadRequest {
  getType(): string;
  getName(): string;
  getId(): string;
  getParent(): string;
  getProvider(): string;
}
export interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Readonly<Record<string, unknown>> };
}
export interface Answer {
  getUrn(): string;
}

export interface Monitor {
  registerResource(request: RegisterRequest, reply: Reply<Answer | undefined>): Promise<void>;
  readResource(request: ReadRequest, reply: Reply<Answer | undefined>): Promise<void>;
  registerResourceOutputs(request: OutputsRequest, reply: Reply<unknown>): void;
}

export interface PulumiProgram {
  /** `run` of the SST platform on the program's `run()`. */
  readonly program: () => Promise<unknown>;
  readonly MockMonitor: new (mocks: Mocks) => Monitor;
  readonly settings: {
    setMockOptions(monitor: Monitor, project: string, stack: string, preview: boolean, organization: string): void;
    waitForRPCs(): Promise<void>;
  };
  readonly pulumi: {
    output(value: unknown): { apply(use: (value: unknown) => void): void };
    readonly runtime: {
      setAllConfig(config: Readonly<Record<string, string>>): void;
      runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    };
  };
}
