"""The ready sentences that a new site begins with; editors change them as they like."""

FIRST_REPLIES = {
    "Chiffre sans source": "Un chiffre n’a pas de source : dites d’où il vient et de quand il date, ou retirez-le.",
    "Comparaison": "Un concurrent est nommé ou comparé : dites ce que fait votre solution, sans parler des autres.",
    "Problème peu clair": "Le problème n’est pas clair : dites pour qui il se pose et ce qui ne va pas aujourd’hui.",
    "Superlatif": "Retirez les superlatifs (« le meilleur », « unique ») : montrez plutôt un résultat mesuré.",
}
"""Title and text."""
