import {
  CreateHostedZoneCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { SenzaError } from '#senza';
import { senzaCreate } from '#senza/commands/create.js';
import { senzaSwitchTraffic } from '#senza/commands/traffic.js';
import { type AwsEmulator, NO_LAG, startAwsEmulator } from '../../local/services/index.js';
import { context, type RuntimeFixture, startRuntime } from './senza-runtime.js';

export const REGION = 'eu-west-1';
/** Nothing but the emulator can be reached. */
const NO_PROXY_THERE = 'http://127.0.0.1:1';

/** Senza with or without Lizzy's repairs, and an AWS emulator. */
export class RepairTest {
  readonly route53: Route53Client;
  readonly autoScaling: AutoScalingClient;

  private constructor(
    readonly aws: AwsEmulator,
    readonly runtime: RuntimeFixture,
  ) {
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    const config = { region: REGION, endpoint: aws.url, credentials };
    this.route53 = new Route53Client(config);
    this.autoScaling = new AutoScalingClient(config);
  }

  /** Starts both; ends with `stop`. */
  static async start(repaired: boolean): Promise<RepairTest> {
    const aws = await startAwsEmulator({ settings: NO_LAG });
    return new RepairTest(
      aws,
      await startRuntime({ repairs: repaired, environment: { ...aws.env, HTTPS_PROXY: NO_PROXY_THERE } }),
    );
  }

  /** `senza create`; returns its output. */
  async create(
    stackName: string,
    stackVersion: string,
    definition: string,
    parameters: Readonly<Record<string, string>> = {},
    { dryRun = false } = {},
  ): Promise<string> {
    const tags = new Map([['LizzyJobId', 'job']]);
    const request = { region: REGION, stackName, stackVersion, definition, tags, dryRun };
    const { output } = await this.runtime.senza.run(
      senzaCreate,
      { ...request, parameters: new Map(Object.entries(parameters)) },
      context(),
    );
    return output;
  }

  /** `senza traffic`. */
  async switchTo(stackName: string, stackVersion: string, percentage: number): Promise<unknown> {
    const request = { region: REGION, stackName, stackVersion, percentage };
    return await this.runtime.senza.run(senzaSwitchTraffic, request, context());
  }

  /** The ID of the hosted zone `example.org`. */
  async zoneId(): Promise<string> {
    const { HostedZones: zones = [] } = await this.route53.send(new ListHostedZonesCommand({}));
    return zones.find(({ Name }) => Name === 'example.org.')?.Id ?? '';
  }

  /** The names of the address records in a hosted zone. */
  async recordNames(zone: string): Promise<string[]> {
    const { HostedZones: zones = [] } = await this.route53.send(new ListHostedZonesCommand({}));
    const HostedZoneId = zones.find(({ Name }) => Name === `${zone}.`)?.Id ?? '';
    const { ResourceRecordSets: records = [] } = await this.route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId }),
    );
    return records.flatMap(({ Type, Name = '' }) => (Type === 'A' ? [Name] : [])).sort();
  }

  /** Adds a hosted zone to the account. */
  async createZone(Name: string): Promise<void> {
    await this.route53.send(new CreateHostedZoneCommand({ Name, CallerReference: String(Math.random()) }));
  }

  async stop(): Promise<void> {
    this.route53.destroy();
    this.autoScaling.destroy();
    await this.runtime.stop();
    await this.aws.stop();
  }
}

/** The error of a command that must fail. */
export async function failure(running: Promise<unknown>): Promise<SenzaError> {
  return await running.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => (error instanceof SenzaError ? error : Promise.reject(new Error('another error'))),
  );
}
