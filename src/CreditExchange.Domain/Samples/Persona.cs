using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Samples;

/// <summary>A made-up subject for examples and tests: who it is, how it comes about, and what every check of it answers.</summary>
/// <param name="Name">Fixed, lower case, for example "listed".</param>
/// <param name="Title">What it is called.</param>
/// <param name="Shows">What it is there to show.</param>
/// <param name="Ids">Its documents, and those of persons who belong to it.</param>
/// <param name="Steps">The writes that make it, in order.</param>
public sealed record Persona(
    string Name, LocalizedText Title, LocalizedText Shows, IReadOnlyList<PersonaId> Ids, IReadOnlyList<PersonaStep> Steps);

/// <summary>One document of a persona.</summary>
/// <param name="Id">A well-formed number that cannot be anybody's, see docs/personas.md.</param>
/// <param name="Name">The name in it.</param>
/// <param name="Who">Whose document it is.</param>
/// <param name="Expected">What a check with this number and name answers, by matter.</param>
/// <param name="ExpectedWithoutName">The same for a check without the name; equal to the former unless it matters.</param>
public sealed record PersonaId(
    SubjectId Id,
    string Name,
    LocalizedText Who,
    IReadOnlyDictionary<string, PersonaVerdict> Expected,
    IReadOnlyDictionary<string, PersonaVerdict> ExpectedWithoutName);

/// <summary>What a check answers.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Consequences">Codes of its consequences, in order.</param>
public sealed record PersonaVerdict(Verdict Verdict, IReadOnlyList<string> Consequences);

/// <summary>One write. Its request id is fixed, so that loading twice adds nothing.</summary>
/// <param name="Agency">The demonstration agency that writes.</param>
/// <param name="Request">PublishListingRequest, SuspendListingRequest, EndListingRequest or LinkSubjectsRequest.</param>
/// <param name="Refused">The reason with which the hub must refuse it, without prefix; empty: it accepts.</param>
public sealed record PersonaStep(string Agency, IMessage Request, string Refused);
