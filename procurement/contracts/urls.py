"""Addresses of the pages of this room, below `espace/`."""

from django.urls import include, path

from procurement.contracts.views import archive, billing, execution, formation, invoicing, money, partnership, signing

app_name = "contracts"

OF_PHASE = [
    path("commencer/", execution.StartPhase.as_view(), name="start_phase"),
    path("resultats/", execution.RecordResults.as_view(), name="results"),
    path("livrables/<int:deliverable>/", execution.DecideDeliverable.as_view(), name="deliverable"),
    path("livrables/<int:deliverable>/remise/", execution.RecordHandIn.as_view(), name="record_hand_in"),
    path("decision-recue/", execution.RecordDecisionReceipt.as_view(), name="decision_receipt"),
    path("facture/", money.RecordInvoice.as_view(), name="invoice"),
]

OF_INVOICE = [
    path("", billing.InvoicePage.as_view(), name="buyer_invoice"),
    path("renvoyer/", billing.ReturnInvoice.as_view(), name="return_invoice"),
    path("service-fait/", billing.CertifyService.as_view(), name="certify_service"),
    path("mandater/", billing.Mandate.as_view(), name="mandate"),
    path("virement/", billing.AskTransfer.as_view(), name="ask_transfer"),
    path("virement/verifier/", billing.CheckTransfer.as_view(), name="check_transfer"),
    path("interets/", billing.PayInterest.as_view(), name="pay_interest"),
]

OF_PAYMENTS = [
    path("", billing.ContractPayments.as_view(), name="payments"),
    path("modalites/", billing.SetTerms.as_view(), name="payment_terms"),
    path("retenue/", billing.ReleaseRetention.as_view(), name="release_retention"),
    path("penalites/", billing.NotifyPenalty.as_view(), name="notify_penalty"),
    path("penalites/<uuid:penalty>/", billing.DecidePenalty.as_view(), name="decide_penalty"),
    path("certificat/", billing.IssueCertificate.as_view(), name="issue_certificate"),
    path("factures/<uuid:invoice>/", include(OF_INVOICE)),
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
    path("paiements/", include(OF_PAYMENTS)),
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
    path("conservation/", archive.Archive.as_view(), name="archive"),
    path("conservation/<slug:holdings>/", archive.ApproveDestruction.as_view(), name="approve_destruction"),
    path("budget/", money.BudgetPage.as_view(), name="budget"),
    path("budget/paiements/<uuid:payment>/", money.RecordPayment.as_view(), name="payment"),
]

OF_MY_PAYMENTS = [
    path("", invoicing.MyPayments.as_view(), name="my_payments"),
    path("informations/", invoicing.MyBilling.as_view(), name="my_billing"),
    path("avance/", invoicing.BillAdvance.as_view(), name="bill_advance"),
    path("phases/<int:phase>/", invoicing.BillPhase.as_view(), name="bill_phase"),
    path("commandes/<int:order>/", invoicing.BillOrder.as_view(), name="bill_order"),
    path("factures/<uuid:invoice>/", invoicing.MyInvoice.as_view(), name="my_invoice"),
    path("factures/<uuid:invoice>/deposer/", invoicing.Deposit.as_view(), name="deposit_invoice"),
    path("factures/<uuid:invoice>/virement/", invoicing.CheckMyTransfer.as_view(), name="check_my_transfer"),
    path("factures/<uuid:invoice>/avoir/", invoicing.Credit.as_view(), name="credit_note"),
    path("penalites/<uuid:penalty>/", invoicing.AnswerPenalty.as_view(), name="answer_penalty"),
    path("certificat/", invoicing.AskCertificate.as_view(), name="ask_certificate"),
]

OF_HOLDER = [
    path("paiements/", include(OF_MY_PAYMENTS)),
    path("", partnership.Partnership.as_view(), name="partnership"),
    path("completer/", partnership.Declare.as_view(), name="declare"),
    path("recevoir/", partnership.Acknowledge.as_view(), name="acknowledge"),
    path("decisions/<uuid:decision>/", partnership.AcknowledgeDecision.as_view(), name="acknowledge_decision"),
    path("phases/<int:phase>/livrables/<int:deliverable>/", partnership.HandIn.as_view(), name="hand_in"),
    path("phases/<int:phase>/accord/", partnership.Agree.as_view(), name="agree"),
]

urlpatterns = [
    path("acheteur/appels/<str:reference>/lots/<int:number>/", include(OF_LOT)),
    path("exploitant/taux/", invoicing.Rates.as_view(), name="rates"),
    path("signature/", signing.ToSign.as_view(), name="to_sign"),
    path("signature/<uuid:contract>/", signing.Sign.as_view(), name="sign"),
    path("signature/<uuid:contract>/papier/", signing.SignOnPaper.as_view(), name="sign_on_paper"),
    path("signature/<uuid:contract>/refuser/", signing.RefuseToSign.as_view(), name="refuse_signature"),
    path("entreprise/partenariats/", partnership.Partnerships.as_view(), name="partnerships"),
    path("entreprise/partenariats/<slug:number>/", include(OF_HOLDER)),
]
