"""Everything in a ticket but its problem: feeling, urgency, history, threats, courtesy and digressions."""

from grammar import phrases

# --- sentiment -------------------------------------------------------------------------------------------------
# plain_*: the words say it. flipped_*: a negation or a time turns words of the other pole around.
# contrast_*: both poles are there, and the order of the clauses or the conjunction decides.
SENTIMENT = {
    "plain_positive": phrases("""
        I am {so} {pos_feel} with {it_all}
        {it_all} is {so} {pos_adj} and {pos_adj}
        {pos_event}, {pos_exclaim}
        {pos_exclaim}, {pos_event}
        {pos_event}, I am {so} {pos_feel}
        {so_far} {it_all} has been {pos_adj}, I {pos_verb} it
        what {a_pos_noun}, {it_all} is {so} {pos_adj}
        {it_all} is {a_pos_noun}, I {pos_verb} it
        I am {pos_feel} and {pos_feel}
        {pos_adj} {service}, {pos_adj} {service2}
        my {relative} and I {pos_verb} {it_all}, {a_pos_noun}
        {it_all} is {so} {pos_adj}
        {pos_event} and {pos_event}
        {pos_exclaim}, {pos_exclaim}, I {pos_verb} {it_all}
        {pos_adj}, {pos_adj}, in a word {pos_adj}
        {pos_event}: {pos_adj} and {pos_adj}"""),
    "plain_negative": phrases("""
        I am {so} {neg_feel} with {it_all}
        {it_all} is {so} {neg_adj} and {neg_adj}
        {neg_event}, {neg_exclaim}
        {neg_exclaim}, {neg_event}
        {neg_event}, I am {so} {neg_feel}
        {so_far} {it_all} has been {neg_adj}, I {neg_verb} it
        what {a_neg_noun}, {it_all} is {so} {neg_adj}
        {it_all} is {a_neg_noun}, I {neg_verb} it
        I am {neg_feel} and {neg_feel}
        {neg_adj} {service}, {neg_adj} {service2}
        my {relative} and I {neg_verb} {it_all}, {a_neg_noun}
        {it_all} is {so} {neg_adj}
        {neg_event} and {neg_event}
        {neg_exclaim}, {neg_exclaim}, I {neg_verb} {it_all}
        {neg_adj}, {neg_adj}, in a word {neg_adj}
        {neg_event}: {neg_adj} and {neg_adj}"""),
    "flipped_negative": phrases("""
        I am {not_} {pos_feel} with {it_all}
        {it_all} is {not_} {pos_adj}
        {it_all} is {not_} {pos_adj}
        I can't say {it_all} is {pos_adj}, quite the opposite
        {it_all} used to be {pos_adj}, not any more
        nobody could call {it_all} {pos_adj}
        I was told of {pos_adj} {service} and [got|saw|found] none of it
        {it_all} was {pos_adj} until {date}, and never since
        who calls this {pos_adj} {service} hasn't tried it
        {a_pos_noun} looks different
        I had expected to be {pos_feel} with {it_all}, I was wrong
        I no longer {pos_verb} {it_all}
        I fail to see what [is|others find] {pos_adj} about {it_all}
        everyone told me of {a_pos_noun}, there was no sign of it
        there is nothing {pos_adj} about {it_all}
        so much for {pos_adj} {service}
        it would be wrong to call {it_all} {pos_adj}
        the days of {pos_adj} {service} are over
        I doubt that anyone finds {it_all} {pos_adj}"""),
    "flipped_positive": phrases("""
        I am {not_} {neg_feel} with {it_all}
        {it_all} is {not_} {neg_adj}
        {it_all} is {not_} {neg_adj}
        I can't say {it_all} is {neg_adj}, quite the opposite
        {it_all} used to be {neg_adj}, not any more
        nobody could call {it_all} {neg_adj}
        I was told of {neg_adj} {service} and [got|saw|found] none of it
        {it_all} was {neg_adj} until {date}, and never since
        who calls this {neg_adj} {service} hasn't tried it
        {a_neg_noun} looks different
        I had expected to be {neg_feel} with {it_all}, I was wrong
        I no longer {neg_verb} {it_all}
        I fail to see what [is|others find] {neg_adj} about {it_all}
        everyone told me of {a_neg_noun}, there was no sign of it
        there is nothing {neg_adj} about {it_all}
        so much for {neg_adj} {service}
        it would be wrong to call {it_all} {neg_adj}
        the days of {neg_adj} {service} are over
        I doubt that anyone finds {it_all} {neg_adj}"""),
    "contrast_negative": phrases("""
        {pos_clause}, but {neg_clause}
        {pos_clause}. Still, {neg_clause}
        {pos_clause}, yet {neg_clause}
        although {pos_clause}, {neg_clause}
        {neg_clause}, even though {pos_clause}
        {neg_clause}, although {pos_clause}
        while {pos_clause}, {neg_clause}
        first {pos_clause}, then {neg_clause}
        despite the fact that {pos_clause}, {neg_clause}
        {pos_clause}, only that now {neg_clause}
        OK, {pos_clause}. In the end {neg_clause}"""),
    "contrast_positive": phrases("""
        {neg_clause}, but {pos_clause}
        {neg_clause}. Still, {pos_clause}
        {neg_clause}, yet {pos_clause}
        although {neg_clause}, {pos_clause}
        {pos_clause}, even though {neg_clause}
        {pos_clause}, although {neg_clause}
        while {neg_clause}, {pos_clause}
        first {neg_clause}, then {pos_clause}
        despite the fact that {neg_clause}, {pos_clause}
        {neg_clause}, only that now {pos_clause}
        OK, {neg_clause}. In the end {pos_clause}"""),
    "neutral": phrases("""
        [this is|it is|consider this|take this as] {neutral_note}
        my {relative} calls {it_all} {pos_adj}, I [haven't tried it|couldn't say|have no view|wouldn't know]
        my {relative} calls {it_all} {neg_adj}, I [haven't tried it|couldn't say|have no view|wouldn't know]
        I find {it_all} neither {pos_adj} nor {neg_adj}
        I find {it_all} neither {neg_adj} nor {pos_adj}
        one review says {pos_adj}, another says {neg_adj}, I can't judge yet
        {it_all} is {neutral_adj}
        {service} was {neutral_adj}, {service2} too
        I am writing [for|on behalf of|in the name of] my {relative}
        I have no opinion on {it_all} so far
        {neutral_note}, [nothing more|no more than that|that is all]"""),
}

TONE_SLOTS = {
    "so": phrases("""
        very; really; so; quite; absolutely; extremely; rather; completely; truly; incredibly; totally
        pretty; terribly; super; utterly; genuinely; awfully; seriously; insanely; immensely; downright
        honestly; thoroughly; mighty; proper; hugely"""),
    "not_": phrases("""
        not; not at all; far from; anything but; hardly; not exactly; by no means; not really
        not in the least; certainly not; in no way; never; not remotely; not what I would call
        nowhere near; least of all; scarcely; not even slightly"""),
    "so_far": phrases("""
        so far; up to now; from day one; all year; as always; to date; since the start; all along
        all in all; overall"""),
    "it_all": phrases("""
        the {product}; the service; your shop; your team; it; the whole thing; your support; the hotline
        this shop; the {thing}; your company; the website; your chat; the way you handle this
        everything here; the outcome; my purchase; your firm; the support line; the after-sales service
        your helpdesk; the advice I got; the quality; your outfit; the {product}"""),
    "service": phrases("""
        service; support; advice; quality; communication; customer care; workmanship; packing; value
        help; build quality; response; handling; aftercare; manners; know-how; follow-up; design"""),
    "service2": phrases("""
        prices; people; staff; response times; hotline; chat; website; opening hours; phone line; agents
        documentation; branches"""),
    "relative": phrases("""
        wife; husband; boss; daughter; son; mother; neighbour; colleague; partner; sister; brother
        flatmate; father; assistant; aunt; grandfather; niece; team; manager; friend; cousin; uncle
        granny; landlady; nephew; fiancé; secretary; pupil; stepson; intern"""),
    "pos_feel": phrases("""
        happy; pleased; satisfied; delighted; impressed; glad; content; thrilled; grateful
        over the moon; relieved; chuffed; thankful; charmed; enthusiastic; tickled pink; ecstatic
        at ease; overjoyed; enchanted; elated; comfortable; won over; stoked; jubilant; gratified
        cheerful; appreciative; smitten; blissful; upbeat; reassured; buoyant; euphoric
        wowed; jolly"""),
    "neg_feel": phrases("""
        unhappy; disappointed; annoyed; frustrated; angry; upset; fed up; dissatisfied; furious
        irritated; livid; let down; appalled; disgusted; gutted; exasperated; cross; sick and tired
        miffed; outraged; displeased; disheartened; at my wits' end; peeved; dismayed; enraged
        aggrieved; incensed; fuming; bitter; disillusioned; vexed; cheesed off; desperate; hacked off
        sour; riled; seething"""),
    "pos_adj": phrases("""
        great; good; excellent; friendly; fantastic; helpful; brilliant; perfect; lovely; superb
        reliable; wonderful; top notch; quick; outstanding; awesome; first class; impressive; splendid
        professional; flawless; marvellous; terrific; ace; courteous; stellar; spot on; amazing; kind
        faultless; exemplary; solid; exceptional; delightful; competent; smashing; phenomenal; prompt
        sublime; fabulous; attentive; magnificent; impeccable; dependable; generous; polite; caring
        cracking; commendable; unbeatable; efficient; thoughtful; sterling
        admirable; tremendous; heavenly; patient; cordial; peerless; world class; dandy"""),
    "neg_adj": phrases("""
        bad; terrible; awful; poor; useless; disappointing; rude; horrible; unacceptable
        dreadful; unreliable; shoddy; hopeless; rubbish; appalling; pathetic; lousy; abysmal
        incompetent; unprofessional; shocking; disgraceful; atrocious; annoying; ghastly; below par
        dismal; careless; pitiful; clumsy; infuriating; laughable; worthless; substandard; crap; sloppy
        shabby; amateurish; unhelpful; woeful; dire; flimsy; arrogant; deplorable; impolite; slapdash
        naff; inexcusable; horrendous; mediocre; lamentable; grim; chaotic; insulting
        third-rate; dodgy; unbearable; ignorant; cheap and nasty; scandalous; tacky; miserable"""),
    "a_pos_noun": phrases("""
        a gem; a pleasure; a joy; a bargain; a treat; a dream; a relief; a real delight; a blessing
        a lifesaver; a stroke of luck; a winner; a masterpiece; a triumph; a success; a godsend
        a marvel; a hit; top service; great service; good value; a class act; a treasure; a role model
        a beauty; a pearl; a highlight; a corker"""),
    "a_neg_noun": phrases("""
        a disgrace; a shame; a mess; a waste of money; a letdown; a disaster; a rip-off; a pain; a farce
        a failure; a fiasco; a lemon; a scam; a nuisance; a headache; a debacle; a shambles; a flop
        a travesty; a swindle; a dud; junk; bad service; a shocker; a botch job; an insult; an ordeal
        a catastrophe; a calamity; a con"""),
    "pos_verb": phrases("""
        love; recommend; like; enjoy; appreciate; adore; trust; praise; value; can recommend; admire
        swear by; treasure; applaud; cherish; rate; rave about; commend"""),
    "neg_verb": phrases("""
        regret; hate; can't stand; distrust; loathe; despise; avoid; detest; curse; bemoan
        complain about; dread; deplore; resent; warn people of; rue; give up on"""),
    "pos_exclaim": phrases("""
        thank you; well done; hats off; bravo; chapeau; thanks a million; cheers; ten out of ten
        five stars; thumbs up; keep it up; kudos; wow; much appreciated; hurray; great stuff; respect
        full marks; nice one; congratulations; you made my day; good job; splendid; top"""),
    "neg_exclaim": phrases("""
        shame on you; never again; one star; enough is enough; what the hell; no thanks; thumbs down
        I could scream; words fail me; ridiculous; for heaven's sake; zero out of ten; not on
        you must be joking; unbelievable; good grief; I give up; give me a break
        pull yourselves together; I'm speechless; it beggars belief; my patience is gone
        that takes the biscuit; blimey"""),
    # Events tell the feeling without a word for it.
    "pos_event": phrases("""
        your colleague stayed on the line until it ran
        a technician came the same [day|evening|afternoon]
        {staff} rang me back within [minutes|the hour|five minutes|half an hour]
        {staff} sent a spare at no cost
        {staff} explained every step twice
        you waived the fee without my asking
        {staff} even [called on a Sunday|followed up the next day|wrote a card|remembered my name]
        I got a voucher [for the wait|as an apology|on top]
        the replacement was here before I had packed the old one
        somebody had [tightened|cleaned|oiled|checked] everything for free
        {staff} found [the cause|a solution|the spare] in no time
        {staff} drove out to us [in the snow|at night|on a bank holiday]
        I had [a human|an expert|someone] on the line after one ring
        you gave me a [loan unit|spare] for the meantime
        {staff} answered my mail [at midnight|within a quarter of an hour|the same evening]
        {staff} {pos_did} {pos_how}"""),
    "neg_event": phrases("""
        your colleague hung up on me
        nobody came on the agreed [day|evening|afternoon]
        {staff} promised to ring back and [never did|forgot|that was that]
        {staff} wanted money for a spare under warranty
        {staff} read the manual out to me
        you charged me for asking
        {staff} [laughed|yawned|sighed] when I described it
        I hung in the queue for [an hour|fifty minutes|ninety minutes|two hours] to hear a tape
        the replacement had the same fault
        somebody had [opened|used|scratched] it before me
        {staff} blamed [me|my cat|the weather|my house] for it
        {staff} sent me [from desk to desk|the same form three times|round in circles]
        I talked to [a bot|a machine|an answering machine] for half an hour
        you closed my ticket without [an answer|a word|reading it]
        {staff} answered my mail [after six weeks|with a copied text|with someone else's name]
        {staff} {neg_did} {neg_how}"""),
    "staff": phrases("""
        your colleague; the technician; your team; the lady on the phone; the chat agent
        someone at the desk; the young man in the shop; the repair man; your hotline; the supervisor
        a woman in support; the branch in {place}; {person}; an agent; the clerk; the trainee"""),
    "pos_did": phrases("""
        helped me; sorted it; fixed it; listened; guided me; took care; got it done; solved it
        reassured me; saw to it; put it right"""),
    "pos_how": phrases("""
        with endless patience; at once; like a pro; with a smile; in ten minutes; free of charge
        like a friend; with great care; kindly; in a jiffy; beyond the call of duty; without fuss
        from start to finish; swiftly; politely; in plain English"""),
    "neg_did": phrases("""
        ignored me; fobbed me off; cut me off; interrupted me; lied to me; shrugged it off
        brushed me aside; snapped at me; lectured me; stalled me"""),
    "neg_how": phrases("""
        three times; as if I were a child; without a reason; in front of everyone; for weeks
        with a smirk; again and again; rudely; coldly; for the sake of it; without apology
        at every turn; like a nuisance; with empty phrases; once more; mid-sentence"""),
    "pos_clause": phrases("""
        the {service} was {pos_adj} and {pos_adj}; I am {so} {pos_feel}; {pos_event}
        {it_all} is {so} {pos_adj}; the {service2} were {pos_adj}; {it_all} was {a_pos_noun}
        I {pos_verb} {it_all}; {it_all} is {pos_adj}, {a_pos_noun}
        I am {pos_feel} and {pos_feel} with {it_all}"""),
    "neg_clause": phrases("""
        the {service} was {neg_adj} and {neg_adj}; I am {so} {neg_feel}; {neg_event}
        {it_all} is {so} {neg_adj}; the {service2} were {neg_adj}; {it_all} was {a_neg_noun}
        I {neg_verb} {it_all}; {it_all} is {neg_adj}, {a_neg_noun}
        I am {neg_feel} and {neg_feel} with {it_all}"""),
    "neutral_note": phrases("""
        just a question; for your information; a short notice; a routine request; only to let you know
        a factual report; merely an enquiry; for the record; a note for the file; nothing special
        a general query; just a heads-up; a simple request; an FYI; pure curiosity; a formality
        a status query"""),
    "neutral_adj": phrases("""
        okay; average; as expected; fine I suppose; normal; all right; so-so; standard
        neither here nor there; ordinary; middling; passable; as usual; unremarkable; run of the mill
        what one expects; fair enough; typical; par for the course"""),
}

# --- urgency: five strengths -----------------------------------------------------------------------------------
URGENCY = (
    (
        0.07,
        phrases("""
        [there is|] no [rush|hurry|haste|stress] at all, {idle}
        take your time, {idle}
        {whenever} is [fine|good enough|okay] for me
        it is {not_urgent}, {idle}
        answer {whenever}, [it can wait|no pressure|I'm in no hurry]
        it can wait until {later}
        {idle}, so [no need to hurry|don't hurry|the matter is not pressing]"""),
    ),
    (
        0.27,
        phrases("""
        some time in the next {weeks} would be [fine|nice|okay]
        I have {a_spare} until then, so it is {not_urgent}
        within {weeks} is early enough
        it isn't [an emergency|a disaster|dramatic], {a_spare} does for now
        we get by with {a_spare} for {weeks}
        {a_spare} helps us over the next {weeks}"""),
    ),
    (
        0.5,
        phrases("""
        I would like an answer [this week|in the coming days|by the end of the week|in a few days]
        please look at it {middling}
        I would need it {middling}
        it shouldn't take [too long|for ever], I need it {middling}
        {a_spare} won't do for [long|ever], so {middling} please
        could you get back to me {middling}"""),
    ),
    (
        0.75,
        phrases("""
        I need it by {date_next}
        it has to [work|be sorted|be settled] before {date_next}
        {deadline} is on {date_next}, please {hurry}
        please {hurry}, {deadline} is near
        we can't do without it, so {hurry}
        I can't wait until {later}
        {deadline} starts {date_next} and I have no {spare}
        please {hurry}"""),
    ),
    (
        0.93,
        phrases("""
        {standstill} and every minute counts
        this is {an_emergency}, [call me|ring me|act|help] {now}
        {hurry} {now}, {standstill}
        {standstill}
        I need help {now}, {standstill}
        we lose money by the [hour|minute], {standstill}
        it cannot wait a minute longer, {deadline} is today
        not tomorrow, {now}, this is {an_emergency}"""),
    ),
)

URGENCY_SLOTS = {
    "idle": phrases("""
        I am on holiday until {date_next}; I hardly use it; I am only planning ahead; we are away anyway
        it just lies in a drawer; I'm retired; I was only wondering; it is for next year
        I have three others; the office is closed anyway; it's a hobby; the season is over"""),
    "whenever": phrases("""
        next month; whenever you like; some day; when it suits you; after the holidays; at your leisure
        next week; one of these days; at some point; when things are quiet; in the new year
        when you get round to it; any old time; eventually"""),
    "later": phrases("""
        next month; after the holidays; next week; the new year; the end of the quarter; next term
        my return; {date_next}; spring; the week after next"""),
    "not_urgent": phrases("""
        not urgent; anything but urgent; low priority; no emergency; not pressing; far from critical
        a minor matter; not time-sensitive"""),
    "weeks": phrases("""
        two weeks; three weeks; fortnight; month; weeks; ten days; couple of weeks; six weeks; few weeks
        days"""),
    "a_spare": phrases("""
        a spare; a backup; an old one; a loan from my {relative}; a workaround; a second one; a stopgap
        a makeshift fix; the old model; pen and paper"""),
    "spare": phrases("""
        spare; backup; replacement; alternative; plan B; workaround; second one; fallback; substitute"""),
    "middling": phrases("""
        soon; before long; this week; in the next few days; in good time; shortly; within a few days
        reasonably soon; without too much delay; in due course but this week; over the next days
        in the near future"""),
    "deadline": phrases("""
        my exam; the audit; our deadline; the trade fair; the wedding; my flight; the presentation
        the tax deadline; the conference; the election; the school term; our opening; the hearing
        the concert; the inspection; my interview; the payroll run; the funeral; the launch; the census"""),
    "hurry": phrases("""
        hurry; be quick; speed it up; don't delay; get a move on; act fast; rush it; step on it
        treat it with priority; make haste; put me first; fast-track it; look sharp; expedite this
        chop chop"""),
    "now": phrases("""
        now; right now; immediately; at once; asap; this instant; straight away; today; this minute
        pronto; on the double; without delay; within the hour"""),
    "an_emergency": phrases("""
        an emergency; urgent; extremely urgent; critical; a matter of hours; top priority; time-critical
        vital; a red alert; super urgent"""),
    "standstill": phrases("""
        the whole office is at a standstill; nobody can work; patients are waiting; our till is down
        twenty people sit idle; the shop floor has stopped; the class can't start
        our customers are queuing; production stopped; the ward depends on it; everything hinges on it
        we had to close the counter; the line is down; lorries are waiting at the gate
        the newsroom is paralysed; the surgery is full"""),
}

# --- what happened before --------------------------------------------------------------------------------------
HISTORY = {
    "solved": phrases("""
        my last ticket was {closed_well} [by {person}|on {date}|within a day|in one call]
        last time {staff} {closed_by} [in one go|within a day|on the phone|overnight]
        the {othercue} I wrote about on {date} is {closed_well}
        on {date} {staff} {closed_by}, [that still holds|it has held since|and it lasted]
        the earlier matter with the {othercue} was {closed_well}
        meanwhile the restart {staff} suggested has [done the trick|helped|cured most of it]"""),
    "failed": phrases("""
        the last repair [held|lasted] [a week|two days|an hour|until {date}]
        I have already tried [a restart|a reset|the whole manual|what {staff} said], [in vain|no change|to no avail]
        the fix from {date} [did not last|made no difference|didn't help|wore off]
        my ticket of {date} was closed with nothing done
        {staff} had a go on {date}, [without success|to no effect|it came back|the fault returned]
        it went in for repair on {date} and came back [the same|unrepaired|as it was]"""),
}
HISTORY_SLOTS = {
    "closed_well": phrases("""
        solved; settled; sorted; resolved; dealt with; fixed; taken care of; cleared up
        closed to my liking; wrapped up; ironed out"""),
    "closed_by": phrases("""
        solved it; settled it; sorted it out; resolved it; fixed it; cleared it up; wrapped it up
        ironed it out; cracked it; nailed it"""),
}

# --- escalation ------------------------------------------------------------------------------------------------
ESCALATION = {
    "yes": phrases("""
        if nothing happens by {date_next} I will {threat}
        this is {nth_contact}, next I {threat}
        {nth_contact_cap} about the same thing
        let me speak to {superior}
        I demand to be put through to {superior}
        {lawyer} will be in touch
        I have already {took_steps}
        either you act or I {threat}
        I expect {superior} to call me, otherwise I {threat}
        {nth_contact_cap}, and still nothing
        {lawyer} advises me to {threat}"""),
    "no": phrases("""
        I am not going to {threat} over it
        no need to bother {superior}
        don't worry, I won't {threat}
        {lawyer} bought one too, by the way
        this is my first message on it, no need for {superior}
        others would {threat}, I'd rather talk
        {superior} was kind to me on {date}, by the way
        I see no reason to {threat}"""),
}
ESCALATION_SLOTS = {
    "threat": phrases("""
        go to court; cancel everything; call my lawyer; switch to a competitor; post it on Twitter
        take legal action; dispute the charge; sue; leave a one-star review; return it all
        inform the ombudsman; go to the press; take my business elsewhere; contact trading standards
        withdraw from the contract; tell the whole internet; write to the newspaper; file a complaint
        go to small claims; report you; terminate the contract; involve the consumer board
        make a video about it; alert the regulator"""),
    "nth_contact": phrases("""
        my third message; my fourth call; the fifth time I write; my third mail; my sixth attempt
        the umpteenth time; my fourth letter; the third ticket"""),
    "nth_contact_cap": phrases("""
        third message; fourth call; fifth mail in a month; third time I report it; my sixth ticket
        umpteenth reminder; second letter, fourth mail"""),
    "superior": phrases("""
        your manager; a supervisor; someone in charge; the team leader; your boss
        the complaints department; the head of support; the director; management; the owner; your CEO
        the person responsible; the shift lead"""),
    "lawyer": phrases("""
        my lawyer; my solicitor; our legal department; the consumer association; my legal insurance
        an attorney; the ombudsman; a solicitor friend; my barrister"""),
    "took_steps": phrases("""
        called my lawyer; disputed the charge; told the press; filed a complaint
        asked trading standards; set a deadline in writing; alerted my bank; kept a log of every call"""),
}

# --- courtesy, openings, asks, digressions ----------------------------------------------------------------------
GREETINGS = phrases("""
    Hello; Hi; Hi there; Dear support; Good morning; Hey; Hello team; Dear sir or madam; Good afternoon
    Hiya; To whom it may concern; Good evening; Hi folks; Dear team; Morning; Hey guys; Hello again
    Dear all; Greetings; Hi all; Howdy; Good day; Evening all; Hallo; Dear helpdesk; Hey there""")
SIGNOFFS = phrases("""
    Thanks, {person}; Regards, {person}; Best, {person}, {place}; {person} from {place}
    Kind regards, {person}; Thanks; Cheers, {person} in {place}; Yours, {person}; {person}
    Best wishes, {person}, {place}; Many thanks, {person}, {street}, {place}; Sincerely, {person}; Thx
    Greetings from {street}, {person}; Yours faithfully, {person}; Ta, {person}; BR, {person}
    Thank you in advance; With kind regards, {person}; Warm regards, {person}; Bye, {person}
    Sent from my phone; {person}, {relative} of the customer""")
ASKS = phrases("""
    [please|kindly|could you|can you|would you] {advise} [me|us] [on this|what to do|how to go on|about the next step|]
    what [can I|should I|do I|else can I] do [now|about it|next|here]
    [any|got any|do you have any] {idea} [what it could be|what is behind it|how to go on|what else to try]
    [please|kindly] {look_into} [this|it|the matter|that]
    [could|can|would] {somebody} {look_into} [this|it|the matter|that]
    looking forward to your {reply}
    I look forward to your {reply}
    a {quick} {reply} would be [nice|enough|appreciated|good]
    [how long|how much time] [will it|does that|would it] take
    do I have to [bring it in|send it in|call again|pay for that|register it first|fill in a form]
    let me know [what you need|what you think|if you need photos|how to proceed|if anything is unclear]""")
ASK_SLOTS = {
    "advise": phrases("advise; help; tell; inform; enlighten; guide; brief; update; instruct"),
    "idea": phrases("idea; clue; tips; hint; advice; suggestion; thoughts; guess"),
    "look_into": phrases("""
        look into; check; see to; examine; take a look at; sort out; deal with; investigate; review
        go over; attend to; chase up"""),
    "somebody": phrases("""
        somebody; someone; a colleague; one of you; an expert; a technician; an agent; {person}"""),
    "reply": phrases("reply; answer; response; feedback; word back; call; message; confirmation; note"),
    "quick": phrases("quick; short; brief; clear; one-line; simple; written; friendly"),
}
OPENINGS = phrases("""
    I [bought|got|ordered|purchased|picked up] the {product} [on|around] {date} in {place}
    I [bought|got|purchased|picked up] the {product} at [the branch|your shop|your store|the outlet] in {place}
    {order} is [about|for] {a_product_kind}, the {product}
    we have [had|owned|used] the {product} since {date}
    the {product} [was delivered to|came to|reached us in] {place} on {date}
    [my order number|the order number] is {order}
    it [concerns|is about] {order} of {date}
    this is about the {product} [from|out of] {order}
    my {relative} [gave me|left me|passed on] the {product} on {date}
    we run {some_shop} in {place} and [use|own|rely on] the {product}
    I live near {street} in {place} and own the {product}
    the {product} is [two|three|six|eight] [weeks|months|years] old
    {order}, {product}, [bought|ordered|collected] on {date}
    following up on {order}
    I [collected|ordered] {order} on {date}
    we [unpacked|started using|switched to] the {product} on {date}""")
OPENING_SLOTS = {
    "a_product_kind": phrases("""
        a present for my {relative}; a replacement; our office; the school; a club; my {relative}
        home use; a small business; the library; the lab"""),
    "some_shop": phrases("""
        a bakery; a law firm; a dental practice; a bookshop; a hotel; a garage; a pharmacy; a café
        a school; a florist; a pub; a studio; a farm; a hostel; a charity; a nursery; a gym
        a barber shop; a brewery; a bike shop; a museum; a vet's practice; a call centre; a print shop
        a theatre; a deli"""),
}
# {othercue}, {otherproduct}, {otherthing}: of another topic than the ticket's.
DISTRACTORS = phrases("""
    the {othercue} and the {othercue} are fine[, by the way| so far| this time|]
    this [has nothing to do with|is not about|doesn't concern|is unrelated to] the {othercue} or the {othercue}
    it isn't the {othercue}[, nor the {othercue} or the {othercue}|, nor the {othercue}| again, nor the {othercue}]
    [your bot|the form|the chat] kept asking about the {othercue} and the {othercue}
    I bought it together with the {otherproduct}[ and the {otherproduct}|, whose {othercue} is fine|]
    [first I thought of|I suspected|my {relative} blamed] the {othercue}[, wrongly|, but no|, then the {othercue}]
    last [year|month|time|week] it was the {othercue}, [not now|today it's something else|before that the {othercue}]
    I had the {otherproduct} before[ and its {othercue} never mattered|]
    [forget|never mind|leave aside] the {othercue} [I mentioned|and the {othercue} I asked about] on {date}
    the {othercue} of my {otherthing} [can wait|is another story|is for another day|works]
    my {relative} asks about the {othercue} and the {othercue}[, I don't|, that's another ticket|]
    the {otherproduct} and its {othercue} [work|are okay|cause no trouble]
    apart from that the {othercue}, the {othercue} and the {othercue} are [in order|okay|as they should be]
    I know my {othercue} from my {othercue}, so it isn't that
    no, it is not the {othercue}, and the {othercue} I solved myself""")
# Symptoms named, but absent.
NO_SYMPTOM = phrases("""
    [at least|and] nothing is {broke_adj}
    it doesn't feel {hot_adj}
    my old {thing} {crash_does}, hence this one
    last year it {noise_does}, that was repaired
    no {code} anywhere
    the {signal} is there
    it is not {slow_adj}, that isn't it
    it isn't {dead_adj} either
    there is no {signal} problem
    I hear no {noise_does_noun}
    nothing {broke_does}, I looked
    I smell no {hot_smell_noun}""")
NO_SYMPTOM_SLOTS = {
    "noise_does_noun": phrases("""
        noise; rattle; hum; whine; buzz; squeak; beep; grinding; crackle; clicking; screech; rumble"""),
    "hot_smell_noun": phrases("smoke; burning; heat; plastic; scorched dust; fumes; singed rubber"),
}
