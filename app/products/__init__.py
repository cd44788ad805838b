"""The shop's goods as their cards at Wildberries describe them: facts for whoever writes an answer.

Read once a day where the token opens the content category; a card that changed comes again, a binned one stays here.
"""
