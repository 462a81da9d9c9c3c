using CreditExchange.V1;

namespace CreditExchange.Domain.Samples;

/// <summary>A listing made up from a seed, and who would publish it.</summary>
/// <param name="Publisher">Agency id of the publisher.</param>
/// <param name="Listing">Complete as a publish request needs it; output fields are empty.</param>
public sealed record SampleListing(string Publisher, Listing Listing);
