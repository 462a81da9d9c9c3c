using CreditExchange.Lookup.Images;

namespace CreditExchange.Lookup.Tests;

public class ImageTests
{
    [Fact]
    public void A_view_read_from_an_image_goes_on_as_the_one_that_wrote_it()
    {
        var model = new ListingModel(seed: 11, subjects: 60);
        for (var i = 0; i < 5_000; i++)
        {
            model.Apply(model.Next());
        }

        var file = new MemoryStream();
        Assert.Equal(5_000, model.View.WriteImage(new ImageWriter(file)));
        file.Position = 0;
        var proved = 0L;
        var read = new LookupView(TimeProvider.System, () => 0);
        read.ApplyCatalogue(model.Catalogue, 1);
        Assert.Equal(5_000, read.LoadImage(new ImageReader(file), position => (proved = position) > 0));
        Assert.Equal(5_000, proved);
        AssertSame(model, read);

        for (var i = 0; i < 5_000; i++)
        {
            var change = model.Next();
            model.Apply(change);
            ListingModel.Apply(change, read);
        }

        AssertSame(model, read);
    }

    [Fact]
    public void An_image_of_a_view_that_came_from_an_image_is_good_too()
    {
        var model = new ListingModel(seed: 13, subjects: 30);
        var view = model.View;
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 300; i++)
            {
                var change = model.Next();

                // The same codes in other strings, as they come from elsewhere.
                ListingModel.Apply(change with
                {
                    Subjects = [.. change.Subjects.Select(s => (s.Key, s.Fact with { Agency = new string(s.Fact.Agency.AsSpan()), Role = new string(s.Fact.Role.AsSpan()) }))],
                }, view);
            }

            var file = new MemoryStream();
            view.WriteImage(new ImageWriter(file));
            file.Position = 0;
            view = new LookupView(TimeProvider.System, () => 0);
            view.ApplyCatalogue(model.Catalogue, 1);
            Assert.Equal(300 * (round + 1), view.LoadImage(new ImageReader(file), _ => true));
            view.Filled(300 * (round + 1), model.RecordedAt);
            foreach (var key in model.Subjects)
            {
                view.ReadOwn(key, out var reading);
                Assert.Equal(model.FactsOf(key).Select(f => (f.Entity, f.Agency, f.Role, f.State)), reading.ToFacts().Select(f => (f.Entity, f.Agency, f.Role, f.State)));
            }
        }
    }

    [Fact]
    public void A_view_stays_empty_when_its_image_ends_early_or_is_refused()
    {
        var model = new ListingModel(seed: 12, subjects: 20);
        for (var i = 0; i < 500; i++)
        {
            model.Apply(model.Next());
        }

        var file = new MemoryStream();
        model.View.WriteImage(new ImageWriter(file));
        var bytes = file.ToArray();
        var read = new LookupView(TimeProvider.System, () => 0);
        for (var length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 50))
        {
            var torn = new MemoryStream(bytes[..length]);
            var error = Record.Exception(() => new LookupView(TimeProvider.System, () => 0).LoadImage(new ImageReader(torn), _ => true));
            Assert.True(error is EndOfStreamException or InvalidDataException, $"{length}: {error}");
        }

        Assert.Throws<InvalidDataException>(() => read.LoadImage(
            new ImageReader(new MemoryStream(bytes)), _ => throw new InvalidDataException("Refused.")));
        Assert.Equal((0, 0), (read.ListingCount, read.SubjectCount));
    }

    private static void AssertSame(ListingModel model, LookupView read)
    {
        Assert.Equal((model.View.ListingCount, model.View.SubjectCount), (read.ListingCount, read.SubjectCount));
        foreach (var key in model.Subjects)
        {
            model.View.ReadOwn(key, out var known);
            read.ReadOwn(key, out var loaded);
            var (expected, actual) = (known.Effects, loaded.Effects);
            Assert.Equal(expected.Count, actual.Count);
            for (var i = 0; i < expected.Count; i++)
            {
                Assert.Equal(expected[i] with { OwnTimes = null }, actual[i] with { OwnTimes = null });
                Assert.Equal(expected[i].OwnTimes, actual[i].OwnTimes);
            }
        }

        foreach (var (entity, _) in model.Listings)
        {
            Assert.Equal((model.View.StateOf(entity), model.View.PositionOf(entity)), (read.StateOf(entity), read.PositionOf(entity)));
        }
    }
}
