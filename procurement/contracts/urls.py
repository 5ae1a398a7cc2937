"""Addresses of the pages of this room, below `espace/`."""

from django.urls import include, path

from procurement.contracts.views import execution, formation, money, partnership, signing

app_name = "contracts"

OF_PHASE = [
    path("commencer/", execution.StartPhase.as_view(), name="start_phase"),
    path("resultats/", execution.RecordResults.as_view(), name="results"),
    path("livrables/<int:deliverable>/", execution.DecideDeliverable.as_view(), name="deliverable"),
    path("decision-recue/", execution.RecordDecisionReceipt.as_view(), name="decision_receipt"),
    path("facture/", money.RecordInvoice.as_view(), name="invoice"),
]

OF_CONTRACT = [
    path("", formation.ContractPage.as_view(), name="contract"),
    path("completer/", formation.Complete.as_view(), name="complete"),
    path("signature-papier/", formation.RecordPaper.as_view(), name="record_paper"),
    path("identite/", formation.ConfirmIdentity.as_view(), name="confirm_identity"),
    path("transmettre/", formation.Transmit.as_view(), name="transmit"),
    path("notifier/", formation.Notify.as_view(), name="notify"),
    path("reception/", formation.RecordReceipt.as_view(), name="record_receipt"),
    path("clore/", formation.Close.as_view(), name="close"),
    path("essai/", money.RecordTest.as_view(), name="test"),
    path("commander/", money.PlaceOrder.as_view(), name="order"),
    path("commandes/<int:order>/facture/", money.RecordOrderInvoice.as_view(), name="order_invoice"),
    path("phases/<int:phase>/", include(OF_PHASE)),
]

OF_LOT = [
    path("contrats/", formation.ContractsPage.as_view(), name="contracts"),
    path("contrats/preparer/", formation.Prepare.as_view(), name="prepare"),
    path("contrats/pouvoirs/", formation.RecordPower.as_view(), name="record_power"),
    path("contrats/<slug:contract>/", include(OF_CONTRACT)),
    path("phases/", execution.Phases.as_view(), name="phases"),
    path("phases/<int:phase>/fin/", execution.Gate.as_view(), name="gate"),
    path("phases/<int:phase>/fin/ouvrir/", execution.OpenGate.as_view(), name="open_gate"),
    path("phases/<int:phase>/fin/decider/", execution.Decide.as_view(), name="decide"),
    path("budget/", money.BudgetPage.as_view(), name="budget"),
    path("budget/paiements/<uuid:payment>/", money.RecordPayment.as_view(), name="payment"),
]

OF_HOLDER = [
    path("", partnership.Partnership.as_view(), name="partnership"),
    path("completer/", partnership.Declare.as_view(), name="declare"),
    path("recevoir/", partnership.Acknowledge.as_view(), name="acknowledge"),
    path("decisions/<uuid:decision>/", partnership.AcknowledgeDecision.as_view(), name="acknowledge_decision"),
    path("phases/<int:phase>/livrables/<int:deliverable>/", partnership.HandIn.as_view(), name="hand_in"),
    path("phases/<int:phase>/accord/", partnership.Agree.as_view(), name="agree"),
]

urlpatterns = [
    path("acheteur/appels/<str:reference>/lots/<int:number>/", include(OF_LOT)),
    path("signature/", signing.ToSign.as_view(), name="to_sign"),
    path("signature/<uuid:contract>/", signing.Sign.as_view(), name="sign"),
    path("signature/<uuid:contract>/papier/", signing.SignOnPaper.as_view(), name="sign_on_paper"),
    path("signature/<uuid:contract>/refuser/", signing.RefuseToSign.as_view(), name="refuse_signature"),
    path("entreprise/partenariats/", partnership.Partnerships.as_view(), name="partnerships"),
    path("entreprise/partenariats/<slug:number>/", include(OF_HOLDER)),
]
