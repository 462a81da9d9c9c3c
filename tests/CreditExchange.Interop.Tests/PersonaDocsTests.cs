using System.Globalization;
using System.Text;
using CreditExchange.Domain.Samples;
using CreditExchange.V1;

namespace CreditExchange.Interop.Tests;

public sealed class PersonaDocsTests
{
    private const string Page = "docs/personas.md";

    [Fact]
    public void The_page_of_personas_is_made_from_their_file()
    {
        var made = Make();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Repository.PathOf(Page), made);
        }

        Assert.True(File.Exists(Repository.PathOf(Page)) && Repository.Read(Page) == made, $"{Page} is not what personas.json says. Run: make docs");
    }

    private static string Make()
    {
        var page = new StringBuilder();
        page.Append("""
            # Personas

            Made from `src/CreditExchange.Domain/Samples/personas.json` by `make docs`; a test compares. Do not edit.

            Ten made-up subjects with fixed numbers, one for each thing that can become of a listing. 十个虚构主体，号码固定，每个说明一种情形。

            ```sh
            cx personas          # what each is, with its numbers and the answers to expect
            cx personas load     # publish them at the hub; a second run adds nothing
            ```

            `load` writes as the agencies that publish, with their tokens of `$CREDITEXCHANGE_DATA/tokens`, through the same rules as
            everybody. The request ids are fixed, so a second run gets the first run's answers, and doesn't undo what was done to a
            persona since. "Recognised" and "objected" join when the hub knows recognition and objections.

            ## No real person is meant

            The numbers pass every check of the hub, check digits included, and can't be anybody's:

            - **Resident ids** begin with 460000. That is a province; numbers are given out by counties (or by cities without any), so none
              begins with it. Their serial is 000, and serials begin at 001. Adults moreover were born in the 1850s, and died before the
              first such number was given out (1984); only the minor needs a birth date of our days.
            - **Unified social credit codes** begin with 91 (a company) and 460199, a county code that GB/T 2260 has never given out, and
              go on with a body code from 00000001 on, where no company's is.
            - **The passport** is one of ATA, Antarctica, where nobody issues any.
            - Names begin with 样例 (sample). Generated samples (`cx sample`) never draw these numbers: their serials begin at 001.

            A test checks all of it. Here, and in `cx personas`, numbers are therefore printed in full, which happens nowhere else.


            """.ReplaceLineEndings("\n"));
        page.Append("## What each shows, and what a check answers\n");
        foreach (var persona in Personas.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n### {persona.Name} / {persona.Title.Zh}\n\n{persona.Shows.En}\n{persona.Shows.Zh}\n\n");
            page.Append(CultureInfo.InvariantCulture, $"| asked | {string.Join(" | ", Personas.Matters.Select(m => $"`{m}`"))} |\n| --- |");
            page.Append(string.Concat(Personas.Matters.Select(_ => " --- |"))).Append('\n');
            foreach (var id in persona.Ids)
            {
                var issuer = id.Id.Issuer.Length > 0 ? $" ({id.Id.Issuer})" : "";
                Row($"{id.Who.En} {id.Who.Zh} `{id.Id.Number}`{issuer}, {id.Name}", id.Expected);
                if (id.ExpectedWithoutName != id.Expected)
                {
                    Row($"the same, without the name", id.ExpectedWithoutName);
                }
            }

            foreach (var step in persona.Steps)
            {
                page.Append(CultureInfo.InvariantCulture, $"{(step == persona.Steps[0] ? "\n" : "")}- {step.Agency}: {Tell(step.Request)}{(step.Refused.Length > 0 ? $", refused with `{step.Refused}`" : "")}\n");
            }
        }

        return page.ToString();

        void Row(string who, IReadOnlyDictionary<string, PersonaVerdict> verdicts)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {who} |");
            foreach (var matter in Personas.Matters)
            {
                var words = (string[])[verdicts[matter].Verdict.ToString().ToUpperInvariant(), .. verdicts[matter].Consequences];
                page.Append(CultureInfo.InvariantCulture, $" {string.Join(' ', words)} |");
            }

            page.Append('\n');
        }
    }

    private static string Tell(object request) => request switch
    {
        PublishListingRequest { Listing: var l } => $"publishes on `{l.ListCode}`, decided {l.Document.DecidedOn}",
        SuspendListingRequest suspend => $"suspends it ({suspend.Reason})",
        EndListingRequest end => $"ends it, ground {end.Ground} ({end.Reason})",
        LinkSubjectsRequest { Link: var link } => $"links the passport to the resident id, {link.Relation}",
        _ => throw new InvalidOperationException("Another write than this page knows."),
    };
}
