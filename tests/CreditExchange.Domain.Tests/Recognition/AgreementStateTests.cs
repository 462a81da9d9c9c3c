using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Recognition;

public sealed class AgreementStateTests
{
    private static readonly (string Name, Func<Agreement, Agreement> Step)[] Steps =
    [
        ("countersign", a => AgreementStates.Countersign(a, a.Signed)),
        ("suspend", a => AgreementStates.Suspend(a, "460000", "r", null)),
        ("suspend there", a => AgreementStates.Suspend(a, "440000", "r", null)),
        ("resume", a => AgreementStates.Resume(a, "460000", "r", null)),
        ("resume there", a => AgreementStates.Resume(a, "440000", "r", null)),
        ("end", a => AgreementStates.End(a, "460000", "r", null)),
    ];

    [Theory]
    [InlineData(AgreementState.Proposed, "countersign end")]
    [InlineData(AgreementState.InForce, "suspend,suspend there,end")]
    [InlineData(AgreementState.Suspended, "suspend there,resume,end")]
    [InlineData(AgreementState.Ended, "")]
    public void A_state_allows_its_steps_and_no_other(AgreementState state, string allowed)
    {
        var can = allowed == "countersign end" ? ["countersign", "end"] : allowed.Split(',', StringSplitOptions.RemoveEmptyEntries);
        foreach (var (name, step) in Steps)
        {
            var agreement = SampleAgreements.Agreement(state);
            if (state == AgreementState.Suspended)
            {
                agreement.SuspendedBy.Add("460000");
            }

            var before = agreement.Clone();
            if (can.Contains(name))
            {
                Assert.Equal(agreement.Revision + 1, step(agreement).Revision);
            }
            else
            {
                Assert.Equal(ErrorReason.AgreementState, Assert.Throws<RuleViolation>(() => step(agreement)).Reason);
            }

            Assert.Equal(before, agreement);
        }
    }

    [Fact]
    public void Two_pauses_need_two_resumptions_each_by_its_own_party()
    {
        var both = AgreementStates.Suspend(AgreementStates.Suspend(SampleAgreements.Agreement(), "460000", "a", null), "440000", "b", null);
        Assert.Equal(["460000", "440000"], both.SuspendedBy);
        var one = AgreementStates.Resume(both, "460000", "c", null);
        Assert.Equal(AgreementState.Suspended, one.State);
        Assert.Throws<RuleViolation>(() => AgreementStates.Resume(one, "460000", "c", null));
        var none = AgreementStates.Resume(one, "440000", "d", null);
        Assert.Equal(AgreementState.InForce, none.State);
        Assert.Empty(none.SuspendedBy);
    }
}
