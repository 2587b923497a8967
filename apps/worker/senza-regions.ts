import { type Senza } from '#senza';

/** How long Senza may take to say which regions there are, in milliseconds. */
const ASK_LIMIT_MS = 30_000;

/** The regions that this worker's Senza knows: asked for once, and not before a region makes trouble. */
export class SenzaRegions {
  private known: Promise<ReadonlySet<string>> | null = null;

  constructor(private readonly senza: Pick<Senza, 'regions'>) {}

  /**
   * Why there can be no stack in this region, in Senza's words; null when Senza knows the region, or cannot be asked now.
   * A region that does not exist has no address in DNS: to the SDK it is an AWS that is away.
   */
  async refusalOf(region: string): Promise<string | null> {
    try {
      const known = await (this.known ??= this.senza.regions({ signal: AbortSignal.timeout(ASK_LIMIT_MS) }));
      if (known.has(region)) return null;
      const all = [...known].map((each) => `  - ${each}`).join('\n');
      return `Invalid value for '--region': '${region}'. Region must be one of the following AWS regions:\n${all}`;
    } catch {
      this.known = null;
      return null;
    }
  }
}
