using System.Globalization;
using System.Text;

namespace CreditExchange.Benchmarks;

/// <summary>Curves of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Color">As SVG has it.</param>
/// <param name="Points">From left to right.</param>
internal sealed record Curve(string Name, string Color, IReadOnlyList<(double X, double Y)> Points);

/// <summary>One chart: throughput drawn through against the left axis, latency dashed against the right one, both from zero.</summary>
/// <param name="Title">What is asked.</param>
/// <param name="Across">What the logarithmic axis counts.</param>
/// <param name="Left">Unit of the left axis.</param>
/// <param name="Right">Unit of the right axis.</param>
/// <param name="Throughput">Curves of the left axis.</param>
/// <param name="Latency">Curves of the right axis.</param>
internal sealed record Panel(
    string Title, string Across, string Left, string Right, IReadOnlyList<Curve> Throughput, IReadOnlyList<Curve> Latency);

/// <summary>Draws charts into one SVG file, readable on a light and a dark page.</summary>
internal static class Chart
{
    private const int Width = 520;
    private const int Height = 340;
    private const int PlotLeft = 70;
    private const int PlotTop = 60;
    private const int PlotWidth = 380;
    private const int PlotHeight = 190;

    public static void Write(string file, string caption, IReadOnlyList<Panel> panels)
    {
        var svg = new StringBuilder();
        svg.Append(Culture($"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {Width * panels.Count} {Height + 24}' font-family='sans-serif' font-size='12'>"));
        svg.Append("<rect width='100%' height='100%' fill='white'/>\n");
        for (var i = 0; i < panels.Count; i++)
        {
            svg.Append(Culture($"<g transform='translate({i * Width},0)'>\n"));
            Draw(svg, panels[i]);
            svg.Append("</g>\n");
        }

        svg.Append(Culture($"<text x='16' y='{Height + 12}' fill='#555'>{caption}</text>\n</svg>\n"));
        File.WriteAllText(file, svg.ToString());
    }

    private static void Draw(StringBuilder svg, Panel panel)
    {
        var all = panel.Throughput.Concat(panel.Latency).SelectMany(c => c.Points).Select(p => p.X).Distinct().Order().ToArray();
        var (least, most) = (Math.Log(all[0]), Math.Log(all[^1]));
        double At(double x) => PlotLeft + (PlotWidth * (most > least ? (Math.Log(x) - least) / (most - least) : 0.5));
        svg.Append(Culture($"<text x='{PlotLeft}' y='24' font-size='15'>{panel.Title}</text>\n"));
        foreach (var x in all)
        {
            svg.Append(Culture($"<text x='{At(x):F0}' y='{PlotTop + PlotHeight + 18}' text-anchor='middle'>{x:N0}</text>\n"));
        }

        svg.Append(Culture($"<text x='{PlotLeft + (PlotWidth / 2)}' y='{PlotTop + PlotHeight + 38}' text-anchor='middle'>{panel.Across}</text>\n"));
        var left = Nice(panel.Throughput);
        var right = Nice(panel.Latency);
        for (var step = 0; step <= 4; step++)
        {
            var y = PlotTop + PlotHeight - (step * PlotHeight / 4);
            svg.Append(Culture($"<line x1='{PlotLeft}' x2='{PlotLeft + PlotWidth}' y1='{y}' y2='{y}' stroke='#ddd'/>"));
            svg.Append(Culture($"<text x='{PlotLeft - 6}' y='{y + 4}' text-anchor='end'>{left * step / 4:#,0.##}</text>"));
            svg.Append(Culture($"<text x='{PlotLeft + PlotWidth + 6}' y='{y + 4}'>{right * step / 4:#,0.##}</text>\n"));
        }

        svg.Append(Culture($"<text x='{PlotLeft - 6}' y='{PlotTop - 12}' text-anchor='end'>{panel.Left}</text>"));
        svg.Append(Culture($"<text x='{PlotLeft + PlotWidth + 6}' y='{PlotTop - 12}'>{panel.Right}</text>\n"));
        var place = PlotLeft;
        foreach (var (curve, isLatency) in panel.Throughput.Select(c => (c, false)).Concat(panel.Latency.Select(c => (c, true))))
        {
            var top = isLatency ? right : left;
            var points = string.Join(' ', curve.Points.Select(p => Culture($"{At(p.X):F1},{PlotTop + PlotHeight - (PlotHeight * p.Y / top):F1}")));
            var dash = isLatency ? " stroke-dasharray='5 4'" : "";
            svg.Append(Culture($"<polyline points='{points}' fill='none' stroke='{curve.Color}' stroke-width='2'{dash}/>\n"));
            svg.Append(Culture($"<line x1='{place}' x2='{place + 22}' y1='{Height - 22}' y2='{Height - 22}' stroke='{curve.Color}' stroke-width='2'{dash}/>"));
            svg.Append(Culture($"<text x='{place + 27}' y='{Height - 18}'>{curve.Name}</text>\n"));
            place += 45 + (6 * curve.Name.Length);
        }
    }

    // The next 1, 2, 2.5 or 5 times a power of ten, so that quarters read well.
    private static double Nice(IReadOnlyList<Curve> curves)
    {
        var most = Math.Max(1e-9, curves.SelectMany(c => c.Points).Max(p => p.Y));
        var power = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return new[] { 1, 2, 2.5, 5, 10 }.Select(f => f * power).First(n => n >= most);
    }

    private static string Culture(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
