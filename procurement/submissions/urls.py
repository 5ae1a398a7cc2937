"""Addresses of the pages of this room, below `espace/`."""

from django.urls import path

from procurement.submissions.views import answering, custody, handing_in, opening, uploads

app_name = "submissions"
ANSWER = "entreprise/reponses/<uuid:deposit>"
CALL = "acheteur/appels/<str:reference>"
PERIOD = "lots/<int:number>/<slug:period>"

urlpatterns = [
    path("entreprise/appels/<str:reference>/repondre/", answering.Start.as_view(), name="start"),
    path("entreprise/reponses/", answering.Replies.as_view(), name="replies"),
    path(f"{ANSWER}/", answering.Tasks.as_view(), name="tasks"),
    path(f"{ANSWER}/fichiers/", uploads.Files.as_view(), name="files"),
    path(f"{ANSWER}/fichiers/<slug:envelope>/<int:number>/", uploads.Upload.as_view(), name="upload"),
    path(f"{ANSWER}/fichiers/<uuid:file>/retirer/", uploads.RemoveFile.as_view(), name="remove_file"),
    path(f"{ANSWER}/verifier/", handing_in.Review.as_view(), name="review"),
    path(f"{ANSWER}/deposer/", handing_in.Seal.as_view(), name="seal"),
    path(f"{ANSWER}/accuse/", handing_in.ReceiptPage.as_view(), name="receipt"),
    path(f"{ANSWER}/accuse/<str:receipt>.json", handing_in.ReceiptFile.as_view(), name="receipt_file"),
    path(f"{ANSWER}/annexe/", handing_in.Annex.as_view(), name="annex"),
    path(f"{ANSWER}/remplacer/", handing_in.Replace.as_view(), name="replace"),
    path(f"{ANSWER}/retirer/", handing_in.Withdraw.as_view(), name="withdraw"),
    path(f"{ANSWER}/abandonner/", handing_in.Drop.as_view(), name="drop"),
    path(f"{ANSWER}/<slug:task>/", answering.TaskPage.as_view(), name="task"),
    path(f"{CALL}/gardiens/", custody.Custodians.as_view(), name="custodians"),
    path(f"{CALL}/gardiens/designer/", custody.Appoint.as_view(), name="appoint"),
    path(f"{CALL}/gardiens/{PERIOD}/cles/", custody.PrepareKeys.as_view(), name="prepare_keys"),
    path(f"{CALL}/ouverture/", opening.Opening.as_view(), name="opening"),
    path(f"{CALL}/ouverture/retards/<str:receipt>/", opening.LateSubmission.as_view(), name="late"),
    path(f"{CALL}/ouverture/{PERIOD}/<slug:envelope>/", opening.OpenEnvelope.as_view(), name="open_envelope"),
    path("gardien/", custody.CustodyHome.as_view(), name="custody_home"),
    path("gardien/<str:reference>/cle/", custody.RenewKey.as_view(), name="renew_key"),
    path(f"gardien/<str:reference>/{PERIOD}/essai/", custody.Rehearse.as_view(), name="rehearse"),
]
