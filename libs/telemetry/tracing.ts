import type * as Api from '@opentelemetry/api';
import { type Attributes, type Context, type SpanContext, type SpanKind, type Tracer } from '@opentelemetry/api';
import pTimeout from 'p-timeout';
import { loggedExporter } from './logged-exporter.js';
import { type Logger } from './logger.js';
import { currentTraceparent, type ParentSpan } from './work-context.js';

/** Where spans are sent, and as what. */
export interface TracingOptions {
  /** The base URL of an OTLP/HTTP receiver, to which `/v1/traces` is appended; null: no spans, and the SDK is not loaded. */
  readonly endpoint: string | null;
  readonly process: 'api' | 'worker';
  readonly version: string;
  /** Gets a warning while spans are lost. */
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** The tracing of this process. */
export interface Tracing {
  /** Sends what is queued; gives up after two seconds. */
  close(): Promise<void>;
}

/** An operation that has ended. */
export interface EndedSpan {
  readonly name: string;
  readonly kind?: keyof typeof SpanKind;
  /** In ms since the epoch. */
  readonly startedAt: number;
  /** Now by default. */
  readonly endedAt?: number;
  readonly failed?: boolean;
  readonly attributes?: Attributes;
  /** Operations that belong to it. */
  readonly children?: readonly EndedSpan[];
}

/** A span that is still open: other spans can be its children. */
export interface OpenSpan extends ParentSpan {
  end(ended: Pick<EndedSpan, 'name' | 'failed' | 'attributes'>): void;
}

interface Active {
  readonly api: typeof Api;
  readonly tracer: Tracer;
}

const CLOSE_TIMEOUT_MS = 2_000;
/** How long the receiver may take to accept spans, attempts after a 429, 502, 503 or 504 included; then they are lost. */
const EXPORT_TIMEOUT_MS = 30_000;

/** One for each process, as the tracer of OpenTelemetry itself is. */
let active: Active | null = null;

/** Starts tracing in this process. */
export async function startTracing({ endpoint, process: name, version, logger }: TracingOptions): Promise<Tracing> {
  if (endpoint === null) return { close: () => Promise.resolve() };
  const [api, { BasicTracerProvider, BatchSpanProcessor }, { resourceFromAttributes }, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.endsWith('/') ? endpoint.slice(0, -1) : endpoint}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `lizzy-${name}`, 'service.version': version }),
    spanProcessors: [
      new BatchSpanProcessor(loggedExporter(exporter, logger), { exportTimeoutMillis: EXPORT_TIMEOUT_MS }),
    ],
  });
  active = { api, tracer: provider.getTracer('lizzy', version) };
  return {
    close: async () => {
      const shutdown = provider.shutdown().catch(() => undefined);
      await pTimeout(shutdown, { milliseconds: CLOSE_TIMEOUT_MS, message: false });
    },
  };
}

/** Records an operation of the current request or job that has ended. Does nothing outside of both, or when tracing is off. */
export function recordSpan(ended: EndedSpan): void {
  const parent = currentTraceparent();
  if (active === null || parent === undefined) return;
  recordInside(active, contextOf(active, parent), ended);
}

function recordInside(tracing: Active, parent: Context, { children = [], ...ended }: EndedSpan): void {
  const { api, tracer } = tracing;
  const { name, kind = 'INTERNAL', startedAt: startTime, attributes = {} } = ended;
  const span = tracer.startSpan(name, { kind: api.SpanKind[kind], startTime, attributes }, parent);
  for (const child of children) recordInside(tracing, api.trace.setSpan(parent, span), child);
  if (ended.failed === true) span.setStatus({ code: api.SpanStatusCode.ERROR });
  span.end(ended.endedAt ?? Date.now());
}

/** Starts the span of a request. @param parent its `traceparent` (W3C Trace Context); without it a trace begins */
export function openSpan(parent: string | undefined): OpenSpan {
  if (active === null) return { traceparent: parent, end: () => undefined };
  const { api, tracer } = active;
  const span = tracer.startSpan('request', { kind: api.SpanKind.SERVER }, contextOf(active, parent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    link: (other) => {
      const context = spanContextOf(other);
      if (context !== undefined) span.addLink({ context });
    },
    end: ({ name, failed = false, attributes = {} }) => {
      span.updateName(name).setAttributes(attributes);
      if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end();
    },
  };
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The value of a `traceparent` header when it is valid (W3C Trace Context, section 3.2). */
export function parseTraceparent(value: unknown): string | undefined {
  const [valid, traceId = '', spanId = ''] = (typeof value === 'string' ? TRACEPARENT.exec(value) : null) ?? [];
  return /^0+$/.test(traceId) || /^0+$/.test(spanId) ? undefined : valid;
}

function contextOf({ api }: Active, traceparent: string | undefined): Context {
  const spanContext = spanContextOf(traceparent);
  return spanContext === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, spanContext);
}

function spanContextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
