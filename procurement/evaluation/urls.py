"""Addresses of the pages of this room, below `espace/`."""

from django.urls import include, path

from procurement.evaluation.views import (
    award,
    bids,
    candidates,
    clearance,
    ending,
    home,
    meetings,
    negotiation,
    periods,
    proofs,
    ranking,
    reasons,
    scoring,
    standstill,
)

app_name = "evaluation"

lot_patterns = [
    path("recevabilite/", candidates.CandidatesView.as_view(), name="candidates"),
    path("recevabilite/decision/", candidates.SelectView.as_view(), name="select"),
    path("recevabilite/invitations/", candidates.InviteView.as_view(), name="invite"),
    path("recevabilite/<uuid:candidate>/", candidates.CandidateView.as_view(), name="candidate"),
    path("periode/<slug:kind>/", periods.PlanView.as_view(), name="period"),
    path("offres/<uuid:bid>/", bids.BidView.as_view(), name="bid"),
    path("offres/<uuid:bid>/exigences/", bids.RequirementsView.as_view(), name="requirements"),
    path("offres/<uuid:bid>/regularite/", bids.AssessView.as_view(), name="assess"),
    path("offres/<uuid:bid>/prix/", bids.PriceView.as_view(), name="price"),
    path("negociation/", negotiation.NegotiationView.as_view(), name="negotiation"),
    path("negociation/inviter/", meetings.MeetView.as_view(), name="meet"),
    path("negociation/eliminer/", negotiation.EliminateView.as_view(), name="eliminate"),
    path("negociation/clore/", negotiation.CloseView.as_view(), name="close_negotiation"),
    path("negociation/reunions/<uuid:meeting>/", meetings.MeetingView.as_view(), name="meeting"),
    path("notation/", scoring.ScoringView.as_view(), name="scoring"),
    path("notation/rendre/", scoring.HandInView.as_view(), name="hand_in"),
    path("notation/comparer/", scoring.CompareView.as_view(), name="compare"),
    path("notation/clore/", scoring.CloseTechnicalView.as_view(), name="close_technical"),
    path("notation/<uuid:bid>/", scoring.ScoreView.as_view(), name="score"),
    path("notation/<uuid:bid>/accord/", scoring.ConsensusView.as_view(), name="consensus"),
    path("classement/", ranking.RankingView.as_view(), name="ranking"),
    path("classement/etablir/", ranking.RankView.as_view(), name="rank"),
    path("classement/rapport/", ranking.ReportView.as_view(), name="analysis_report"),
    path("attribution/", award.AwardView.as_view(), name="award"),
    path("attribution/commission/", award.BoardView.as_view(), name="board"),
    path("attribution/choisir/", award.ChooseView.as_view(), name="choose"),
    path("attribution/justificatifs/", clearance.AskView.as_view(), name="ask_proofs"),
    path("attribution/justificatifs/<uuid:proof>/", clearance.ProofView.as_view(), name="proof"),
    path("attribution/<uuid:partner>/verifier/", clearance.ClearView.as_view(), name="clear"),
    path("attribution/<uuid:partner>/eliminer/", clearance.EliminateView.as_view(), name="eliminate_partner"),
    path("suspension/", standstill.StandstillView.as_view(), name="standstill"),
    path("suspension/lettres/", standstill.LettersView.as_view(), name="letters"),
    path("suspension/rapport/", standstill.PresentationView.as_view(), name="presentation_report"),
    path("suspension/recours/", standstill.HoldView.as_view(), name="hold"),
    path("motifs/<uuid:asked>/", reasons.AnswerReasonsView.as_view(), name="answer_reasons"),
    path("sans-suite/lettres/", ending.EndingLettersView.as_view(), name="ending_letters"),
    path("suspension/recours/<uuid:hold>/", standstill.ReleaseView.as_view(), name="release"),
]

urlpatterns = [
    path("evaluation/", home.HomeView.as_view(), name="home"),
    path("evaluation/<str:reference>/declaration/", home.InterestView.as_view(), name="interest"),
    path("acheteur/appels/<str:reference>/lots/<int:number>/", include(lot_patterns)),
    path("entreprise/lettres/<uuid:letter>/motifs/", reasons.AskReasonsView.as_view(), name="ask_reasons"),
    path("entreprise/justificatifs/", proofs.ProofsView.as_view(), name="proof_requests"),
    path("entreprise/justificatifs/<uuid:clearance>/", proofs.ProofFileView.as_view(), name="proofs"),
]
