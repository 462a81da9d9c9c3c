using System.Globalization;
using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;

namespace CreditExchange.Domain.Samples;

/// <summary>
/// Synthetic listings, the same ones for the same seed and day. Every number passes the rules of its kind and every day
/// is possible; names, reasons and document numbers are made up, and the authorities say 样例. Numbers of documents have
/// six digits from 900000 on, which no real register reaches.
/// </summary>
public static class SampleListings
{
    // One in twelve draws takes somebody who is on a list already, from the last this many subjects.
    private const int Remembered = 4096;
    private const int AgainOneIn = 12;

    private const string RepresentativeBasis = "最高人民法院关于公布失信被执行人名单信息的若干规定第四条";

    private static readonly string[] Manners = ["直接送达", "邮寄送达", "公告送达", "电子送达", "留置送达"];

    /// <summary>Makes listings one after the other, without holding them.</summary>
    /// <param name="seed">Decides everything; also part of every source_ref, "S{seed}-{n}" with n from 1.</param>
    /// <param name="count">How many, 0 or more.</param>
    /// <param name="today">The day in Asia/Shanghai: no decision or service is after it, none is older than two years.</param>
    /// <param name="allKinds">Also makes kinds that no demonstration agency publishes.</param>
    public static IEnumerable<SampleListing> Generate(int seed, int count, DateOnly today, bool allKinds = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new Run(seed, today, allKinds).Make(count);
    }

    private sealed record Subject(SubjectId Id, string Name, string ListCode);

    /// <summary>One pass of the generator, with its source of randomness and what it remembers.</summary>
    private sealed class Run(int seed, DateOnly today, bool allKinds)
    {
        // Nobody is younger than 18 at the earliest conduct: two years, 15 days and 400 days ago.
        private readonly int _firstBirth = today.AddYears(-78).DayNumber;
        private readonly int _lastBirth = today.AddYears(-22).DayNumber;
        private readonly string[] _days = MakeDays(today);
        private readonly SampleKind[] _kindOfDraw = MakeDraws(allKinds);
        private readonly Subject[] _remembered = new Subject[Remembered];
        private readonly Random _random = new(seed);
        private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"S{seed}-");
        private int _made;

        public IEnumerable<SampleListing> Make(int count)
        {
            for (var n = 1; n <= count; n++)
            {
                yield return Next(n);
            }
        }

        private SampleListing Next(int n)
        {
            var kind = _kindOfDraw[_random.Next(_kindOfDraw.Length)];
            var subject = Again(kind) ?? New(kind);
            _remembered[_made++ % Remembered] = subject;

            // Recent decisions are the most: the square of a draw.
            var draw = _random.NextDouble();
            var decided = 1 + (int)(draw * draw * 728);
            var served = Math.Max(0, decided - _random.Next(0, 16));
            var conduct = decided + _random.Next(20, 401);
            var court = kind.Authority.Length == 0 ? SamplePlaces.Court(_random) : default;
            var reason = kind.Reasons[_random.Next(kind.Reasons.Length)];
            var listing = new Listing
            {
                SourceRef = string.Create(CultureInfo.InvariantCulture, $"{_prefix}{n}"),
                ListCode = kind.Code,
                Subject = subject.Id,
                SubjectName = subject.Name,
                Reason = reason.Replace("{0}", Amount().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal),
                Document = new DecisionDocument
                {
                    Number = string.Create(
                        CultureInfo.InvariantCulture,
                        $"（{_days[decided].AsSpan(0, 4)}）琼{court.Code}{kind.Document}{_random.Next(900_000, 1_000_000)}号"),
                    Authority = court.Court ?? kind.Authority,
                    DecidedOn = _days[decided],
                },
                ConductOn = _days[conduct],
                Notice = new Notice
                {
                    ServedOn = _days[served],
                    Manner = Manners[_random.Next(Manners.Length)],
                    Remedies = kind.Remedies,
                    RepairNoticeServed = true,
                },
            };
            if (court.Court is not null && subject.Id.Kind == IdKind.Uscc)
            {
                listing.RelatedPersons.Add(Representative());
            }

            return new SampleListing(kind.Publisher, listing);
        }

        /// <summary>Somebody who is on another list and fits this one, now and then.</summary>
        private Subject? Again(SampleKind kind)
        {
            if (_random.Next(AgainOneIn) != 0 || _made == 0)
            {
                return null;
            }

            var known = _remembered[_random.Next(Math.Min(_made, Remembered))];
            var isCompany = known.Id.Kind == IdKind.Uscc;
            var fits = known.ListCode != kind.Code
                && (isCompany ? kind.PersonShare < 100 : kind.PersonShare > 0 && (kind.HasTravellers || known.Id.Kind == IdKind.ResidentId));
            return fits ? known with { Id = known.Id.Clone(), ListCode = kind.Code } : null;
        }

        private Subject New(SampleKind kind)
        {
            var county = SamplePlaces.County(_random);
            if (_random.Next(100) >= kind.PersonShare)
            {
                var name = SampleNames.Company(_random, SamplePlaces.Province(county));
                return new Subject(SampleIds.Uscc(_random, county), name, kind.Code);
            }

            return (kind.HasTravellers ? _random.Next(20) : -1) switch
            {
                0 => new Subject(SampleIds.Passport(_random), SampleNames.Traveller(_random), kind.Code),
                1 => new Subject(SampleIds.HkMacaoPermit(_random), SampleNames.Person(_random), kind.Code),
                _ => new Subject(Resident(county), SampleNames.Person(_random), kind.Code),
            };
        }

        private RelatedPerson Representative() => new()
        {
            Subject = Resident(SamplePlaces.County(_random)),
            Name = SampleNames.Person(_random),
            Role = "legal-representative",
            ResponsibleAtConduct = _random.Next(4) != 0,
            Basis = RepresentativeBasis,
        };

        private SubjectId Resident(int county) => SampleIds.ResidentId(_random, county, _firstBirth, _lastBirth);

        /// <summary>Yuan, from a thousand to thirty million, small ones the most.</summary>
        private long Amount() => (long)Math.Exp(6.9 + (_random.NextDouble() * 10.3));

        private static string[] MakeDays(DateOnly today)
        {
            var days = new string[1 + 729 + 401];
            for (var ago = 0; ago < days.Length; ago++)
            {
                days[ago] = LegalDay.Format(today.AddDays(-ago));
            }

            return days;
        }

        private static SampleKind[] MakeDraws(bool allKinds)
        {
            var draws = new List<SampleKind>();
            foreach (var kind in allKinds ? [.. SampleKinds.Demonstration, SampleKinds.Procurement] : SampleKinds.Demonstration)
            {
                for (var i = 0; i < kind.Share; i += 10)
                {
                    draws.Add(kind);
                }
            }

            return [.. draws];
        }
    }
}
