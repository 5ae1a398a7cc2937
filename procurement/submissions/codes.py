"""Codes of the journal of attempts: what happened and why, in closed lists. Never a name, never a free text (C2)."""

from django.db import models


class Event(models.TextChoices):
    """What happened to a deposit."""

    FILE_BEGUN = "file_begun", "Envoi d’un fichier commencé"
    FILE_RESUMED = "file_resumed", "Envoi d’un fichier repris"
    FILE_REFUSED = "file_refused", "Fichier refusé"
    PART_FAILED = "part_failed", "Partie d’un fichier non reçue"
    FILE_WHOLE = "file_whole", "Fichier reçu en entier"
    FILE_DROPPED = "file_dropped", "Envoi d’un fichier abandonné"
    BROWSER = "browser", "Signalé par votre navigateur"
    SEAL_REFUSED = "seal_refused", "Dépôt demandé, non scellé"
    SEALED = "sealed", "Dépôt scellé"
    PROBLEM = "problem", "Problème technique signalé"
    MUTED = "muted", "Trop d’événements en une heure : les suivants ne sont pas inscrits"


class Code(models.TextChoices):
    """Why, as the page says it: what happened and what to do."""

    NAME = "name", "Le nom du fichier n’est pas accepté : raccourcissez-le."
    TYPE = "type", "Ce type de fichier n’est pas accepté : convertissez le fichier, en PDF par exemple."
    EMPTY = "empty", "Le fichier est vide : vérifiez-le sur votre poste."
    FILE_SIZE = "file-size", "Le fichier dépasse la limite annoncée par fichier : allégez-le ou coupez-le en deux."
    QUOTA = "quota", "Le dépôt dépasserait la limite annoncée en tout : allégez un fichier ou retirez-en un."
    COUNT = "count", "Le nombre de fichiers annoncé est atteint : réunissez-en plusieurs dans un ZIP."
    PLACE = "place", "Cette pièce n’est pas attendue ici : revenez à la page des fichiers."
    FROZEN = "frozen", "Ce dépôt est figé : pour le changer, remplacez-le en entier."
    DISK = "disk", "Le site n’a plus assez de place pour ce fichier : signalez-le, votre message sera daté et gardé."
    BUSY = "busy", "Beaucoup d’envois sont en cours : l’envoi reprend seul dans quelques secondes."
    LENGTH = "length", "La partie reçue n’a pas la bonne taille : rechargez la page et choisissez le fichier à nouveau."
    RANGE = "range", "Cette partie est hors du fichier : rechargez la page et choisissez le fichier à nouveau."
    DIGEST = "digest", "L’empreinte de la partie manque ou est illisible : rechargez la page et recommencez."
    DAMAGED = "damaged", "La partie a été abîmée en route : elle est envoyée à nouveau."
    SEALING = (
        "sealing",
        "La partie n’est pas scellée comme attendu : rechargez la page et rechoisissez le fichier.",
    )
    PROGRAM = "program", "Le programme de cette page a changé : rechargez-la et choisissez le fichier à nouveau."
    COPIED = "copied", "Cette partie scellée est déjà dans une réponse : rechargez la page et recommencez."
    CUT = "cut", "L’envoi de la partie a été coupé : il reprend là où il s’est arrêté."
    OTHER = "other", "Une autre partie est déjà reçue à cette place : ce fichier n’est pas celui de l’envoi commencé."
    MISSING = "missing", "Il manque des parties : choisissez à nouveau le fichier pour envoyer ce qui manque."
    OFFLINE = "offline", "Votre connexion est coupée : l’envoi reprend seul quand elle revient."
    ONLINE = "online", "Votre connexion est revenue."
    NETWORK = "network", "Le réseau ne répond pas : l’envoi réessaie seul. S’il dure, changez de connexion."
    STALLED = "stalled", "Plus rien ne passe depuis une minute : l’envoi réessaie seul."
    SERVER = "server", "Le site a répondu par une erreur : l’envoi réessaie seul. S’il dure, signalez-le."
    SESSION = "session", "Votre session a expiré : reconnectez-vous et choisissez le fichier à nouveau."
    READING = "reading", "Votre navigateur ne lit plus le fichier : fermez les autres programmes et rechoisissez-le."
    PAUSED = "paused", "Envoi mis en pause."
    CANCELLED = "cancelled", "Envoi annulé."
    SLOW = "slow", "Le site ou l’envoi est trop lent."
    UPLOAD = "upload", "L’envoi d’un fichier échoue."
    SEAL = "seal", "Le dépôt final échoue."
    PAGE = "page", "Une page ne s’affiche pas ou montre une erreur."
    ELSE = "else", "Un autre problème technique."


FROM_BROWSER = frozenset(
    {
        Code.OFFLINE, Code.ONLINE, Code.NETWORK, Code.STALLED, Code.SERVER, Code.SESSION, Code.READING, Code.OTHER,
        Code.PAUSED, Code.CANCELLED, Code.FILE_SIZE, Code.QUOTA, Code.COUNT, Code.BUSY, Code.PAGE,
        Code.SEALING, Code.TYPE,
    }
)  # fmt: skip
"""What the program of the page may report."""

PROBLEMS = (Code.UPLOAD, Code.SEAL, Code.SLOW, Code.PAGE, Code.ELSE)
"""What a person may report, most often first."""
