using System.Collections.Frozen;

namespace CreditExchange.Domain.Subjects;

/// <summary>Countries and areas by ISO 3166-1 alpha-3, 249 codes; ZZZ and other codes of private use are not among them.</summary>
public static class Countries
{
    private const string Codes = """
        ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH
        BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB
        CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO
        GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN
        IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA
        MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER
        NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU
        RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA
        TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT
        WLF WSM YEM ZAF ZMB ZWE
        """;

    private static readonly FrozenSet<int> Packed =
        Codes.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(code => Pack(code)).ToFrozenSet();

    /// <summary>How many codes there are.</summary>
    public static int Count => Packed.Count;

    /// <summary>Whether the text is an assigned code, in upper case.</summary>
    public static bool IsAlpha3(ReadOnlySpan<char> code) => code.Length == 3 && Packed.Contains(Pack(code));

    private static int Pack(ReadOnlySpan<char> code)
    {
        var packed = 0;
        foreach (var c in code)
        {
            packed = c is >= 'A' and <= 'Z' ? (packed << 5) | (c - 'A' + 1) : -1;
            if (packed < 0)
            {
                return -1;
            }
        }

        return packed;
    }
}
