"""Words of the clinical notes: symptoms, diagnoses with what is found and given in them, earlier illnesses, frames.

Written for this project from general knowledge; nothing is copied from records. Not for any use in care.
"""

from grammar import phrases
from surface import mark

_PEOPLE = phrases("{}F; {}M; {}yo M; {} yo F; {} year old woman; {} year old man; {}y F; {}yr M")

# --- symptoms: noun phrases that follow "c/o" as well as "denies" -------------------------------------------------
SYMPTOMS = {
    "breathlessness": phrases("""
        SOB; shortness of breath; breathlessness; dyspnoea; SOBOE; difficulty breathing; dyspnea; orthopnoea; DIB
        exertional dyspnoea; breathlessness on exertion; laboured breathing; air hunger"""),
    "chest-pain": phrases("""
        CP; chest pain; chest tightness; central chest pain; chest discomfort; retrosternal pain; chest heaviness
        exertional chest pain; pressure across the chest; pleuritic pain"""),
    "cough": phrases("""
        cough; productive cough; dry cough; cough with green sputum; coughing at night; hacking cough
        cough with rusty sputum; purulent sputum; chesty cough"""),
    "fever": phrases("""
        fever; fevers; chills; pyrexia; rigors; night sweats; high temps at home; feeling hot and cold
        febrile spells"""),
    "palpitations": phrases("""
        palpitations; palps; racing heart; irregular heartbeat; fluttering in the chest; heart pounding
        skipped beats"""),
    "nausea": phrases("""
        nausea; vomiting; N+V; nausea and vomiting; N/V; feeling sick; retching; emesis; queasiness"""),
    "headache": phrases("""
        headache; HA; headaches; throbbing headache; unilateral headache; frontal headache; pounding head
        pain behind the eye; one-sided head pain"""),
    "dizziness": phrases("""
        dizziness; lightheadedness; dizzy spells; presyncope; vertigo; giddiness; feeling faint; near-syncope
        unsteadiness"""),
    "swelling": phrases("""
        ankle swelling; leg swelling; pedal oedema; ankle oedema; swollen legs; LL oedema; peripheral oedema; leg edema
        swollen ankles"""),
    "fatigue": phrases("""
        fatigue; tiredness; lethargy; malaise; low energy; exhaustion; TATT; generalised tiredness; feeling drained"""),
    "abdominal-pain": phrases("""
        abdo pain; abdominal pain; epigastric pain; stomach cramps; suprapubic pain; tummy ache; belly pain; flank pain
        upper abdo discomfort"""),
    "dysuria": phrases("""
        dysuria; burning on urination; pain passing urine; stinging on PU; painful micturition
        burning when passing urine
        urinary frequency; frequency and urgency"""),
    "weakness": phrases("""
        arm weakness; facial droop; limb weakness; one-sided weakness; leg weakness; hemiparesis; weak grip
        weakness down one side; facial weakness"""),
    "thirst": phrases("""
        thirst; polydipsia; polyuria; polyuria and polydipsia; excessive thirst; drinking litres of water; dry mouth
        increased thirst; nocturia"""),
}

# --- drugs: name, doses, how often (of HOW_OFTEN) ------------------------------------------------------------------
HOW_OFTEN = {
    "od": phrases("OD; od; once daily; daily; every morning; QD; mane; once a day"),
    "bd": phrases("BD; bd; BID; twice daily; twice a day; q12h"),
    "tds": phrases("TDS; tds; TID; three times daily; q8h; three times a day"),
    "qds": phrases("QDS; qds; QID; four times daily; q6h; four times a day"),
    "on": phrases("ON; nocte; at night; QHS; at bedtime; every night"),
    "prn": phrases("PRN; prn; as needed; when required; if needed"),
    "stat": phrases("stat; STAT; once; as a single dose"),
    "weekly": phrases("weekly; once a week; every week; once weekly"),
}


def _prescriptions(block: str) -> list[str]:
    """One production a drug and frequency, marked, of lines "drug | dose/dose | how often, how often | route"."""
    out = []
    for line in phrases(block):
        drug, doses, often, *route = (part.strip() for part in line.split("|"))
        route = route[0] if route else "PO"
        written = [form for dose in doses.split("/") for form in (dose, dose.replace(" ", ""))]
        choices = "|".join(mark("dose", dose) for dose in written)
        for code in often.split():
            out.append(f"{mark('drug', drug)} [{choices}] [||{route} |{route.lower()} ]{{often_{code}}}")
    return out


# --- diagnoses ---------------------------------------------------------------------------------------------------
# names; the symptoms it brings, usual ones first; signs and findings, which are no symptoms; drugs given for it.
DIAGNOSES = {
    "heart-failure": {
        "names": phrases("""
            CHF; heart failure; CCF; decompensated heart failure; HFrEF; congestive cardiac failure; LVF
            acute on chronic HF
            CHF exacerbation; fluid overload from heart failure"""),
        "symptoms": ("breathlessness", "swelling", "fatigue", "cough", "dizziness", "palpitations"),
        "signs": phrases("""
            bibasal creps; JVP [raised|elevated|up 5 cm]; fine [crackles|crepitations] at [both|the] bases; S3 gallop
            BNP {hundreds}; NT-proBNP {hundreds}; EF [25|30|35|40]% on [echo|TTE]; weight up {small} kg [this week|]
            cardiomegaly on CXR; upper lobe diversion on CXR; displaced apex beat; small bilateral effusions"""),
        "drugs": _prescriptions("""
            furosemide | 40 mg/80 mg/20 mg | od bd
            bisoprolol | 1.25 mg/2.5 mg/5 mg | od
            ramipril | 2.5 mg/5 mg | od bd
            spironolactone | 25 mg/12.5 mg | od
            dapagliflozin | 10 mg | od
            bumetanide | 1 mg/2 mg | od bd
            candesartan | 4 mg/8 mg | od
            carvedilol | 3.125 mg/6.25 mg | bd
            eplerenone | 25 mg/50 mg | od"""),
    },
    "copd": {
        "names": phrases("""
            COPD; IECOPD; exacerbation of COPD; AECOPD; infective exacerbation of COPD; COPD flare; emphysema
            non-infective exac of COPD"""),
        "symptoms": ("breathlessness", "cough", "fatigue", "fever", "chest-pain"),
        "signs": phrases("""
            widespread wheeze; [expiratory|polyphonic] wheeze; [hyperinflated|barrel] chest; pursed lip breathing
            prolonged expiratory phase; FEV1 [38|44|52|61]% predicted; [CO2 retainer|retains CO2]; target sats 88-92%
            pCO2 [6.8|7.4|8.1] on ABG; poor air entry [throughout|bilaterally]; hyperinflated lung fields on CXR"""),
        "drugs": _prescriptions("""
            salbutamol | 2.5 mg/5 mg/100 mcg | prn qds | neb
            prednisolone | 30 mg/40 mg | od
            tiotropium | 18 mcg/5 mcg | od | INH
            ipratropium | 500 mcg/250 mcg | qds | neb
            doxycycline | 100 mg/200 mg | od
            carbocisteine | 375 mg/750 mg | tds
            umeclidinium | 55 mcg | od | INH
            theophylline | 200 mg/300 mg | bd"""),
    },
    "pneumonia": {
        "names": phrases("""
            pneumonia; CAP; LRTI; community acquired pneumonia; LLL pneumonia; bronchopneumonia; chest infection
            right basal pneumonia; lobar pneumonia"""),
        "symptoms": ("cough", "fever", "breathlessness", "chest-pain", "fatigue", "nausea"),
        "signs": phrases("""
            [R|L] basal [crackles|creps]; [consolidation|opacity] [RLL|LLL|RML] on CXR; CRP {hundreds_low}; WCC {teens}
            bronchial breathing [L|R] base; dull to percussion [R|L] base; CURB-65 [1|2|3]; sputum sent for MC+S
            neutrophils {teens}; urinary antigens sent; increased vocal resonance [R|L] base"""),
        "drugs": _prescriptions("""
            amoxicillin | 500 mg/1 g | tds
            clarithromycin | 500 mg/250 mg | bd
            co-amoxiclav | 1.2 g/625 mg | tds
            doxycycline | 100 mg/200 mg | od
            ceftriaxone | 1 g/2 g | od | IV
            levofloxacin | 500 mg | od bd
            benzylpenicillin | 1.2 g/2.4 g | qds | IV
            paracetamol | 1 g/500 mg | qds"""),
    },
    "angina": {
        "names": phrases("""
            angina; unstable angina; ACS; stable angina; IHD; NSTEMI; coronary artery disease; CAD
            crescendo angina"""),
        "symptoms": ("chest-pain", "breathlessness", "nausea", "dizziness", "fatigue", "palpitations"),
        "signs": phrases("""
            trop [negative|neg|{teens}|{hundreds_low}]; ST depression [V4-V6|laterally|inferiorly]
            T wave inversion [laterally|V5-V6]
            ECG [nil acute|no acute changes|NSR]; relieved by [rest|GTN spray]
            comes on [walking uphill|with exertion|in the cold]
            radiates to [left arm|jaw]; [mild|critical] LAD stenosis on angio; serial trops awaited"""),
        "drugs": _prescriptions("""
            aspirin | 75 mg/300 mg | od stat
            GTN | 400 mcg/500 mcg | prn | SL
            atorvastatin | 80 mg/40 mg | on
            bisoprolol | 2.5 mg/5 mg | od
            isosorbide mononitrate | 30 mg/60 mg | od
            ticagrelor | 90 mg/180 mg | bd
            fondaparinux | 2.5 mg | od | SC
            nicorandil | 10 mg/20 mg | bd
            ranolazine | 375 mg/500 mg | bd"""),
    },
    "atrial-fibrillation": {
        "names": phrases("""
            AF; fast AF; atrial fibrillation; new AF; PAF; AF with RVR; paroxysmal AF
            AF with fast ventricular response; a-fib"""),
        "symptoms": ("palpitations", "breathlessness", "dizziness", "fatigue", "chest-pain"),
        "signs": phrases("""
            [irregularly irregular pulse|pulse irreg irreg]; [absent|no] P waves [on ECG|]; narrow complex tachycardia
            CHA2DS2-VASc [1|2|3|4]; HAS-BLED [1|2]; ventricular rate 1[2|3|4|5]0s; irregular narrow complexes on ECG
            dilated LA on echo; [TFTs|TSH] sent; rhythm strip [irregular|irreg]"""),
        "drugs": _prescriptions("""
            apixaban | 5 mg/2.5 mg | bd
            bisoprolol | 2.5 mg/5 mg/7.5 mg | od
            digoxin | 125 mcg/62.5 mcg/500 mcg | od
            rivaroxaban | 20 mg/15 mg | od
            warfarin | 3 mg/5 mg | od
            amiodarone | 200 mg | od tds
            flecainide | 50 mg/100 mg | bd
            edoxaban | 60 mg/30 mg | od
            diltiazem | 120 mg/180 mg | od"""),
    },
    "diabetes": {
        "names": phrases("""
            T2DM; uncontrolled diabetes; type 2 diabetes; poorly controlled T2DM; DM; hyperglycaemia; HHS; new T2DM
            steroid-induced hyperglycaemia"""),
        "symptoms": ("thirst", "fatigue", "dizziness", "nausea", "abdominal-pain"),
        "signs": phrases("""
            CBG {sugars}; BM {sugars}; HbA1c {a1c}; glucose {sugars}; ketones 0.[3|6|9]; glycosuria [++|+++]
            reduced monofilament sensation [both feet|]; capillary glucose {sugars} at triage; background retinopathy
            weight down {small} kg; osm [318|331|344]"""),
        "drugs": _prescriptions("""
            metformin | 500 mg/1 g/850 mg | bd od
            gliclazide | 40 mg/80 mg | bd od
            insulin glargine | 10 units/18 units/24 units | on | SC
            empagliflozin | 10 mg/25 mg | od
            sitagliptin | 100 mg/50 mg | od
            insulin aspart | 4 units/6 units/8 units | tds | SC
            semaglutide | 0.25 mg/0.5 mg | weekly | SC
            linagliptin | 5 mg | od"""),
    },
    "urinary-infection": {
        "names": phrases("""
            UTI; urinary tract infection; cystitis; pyelonephritis; lower UTI; urosepsis; pyelo; E coli UTI"""),
        "symptoms": ("dysuria", "fever", "abdominal-pain", "nausea", "fatigue"),
        "signs": phrases("""
            urine dip [nitrite positive|+ve for nitrites|leucs +++]; leucs [++|+++] on dip; MSU sent
            [R|L] renal angle tender
            cloudy urine; dip: nitrites +, blood [+|++]; coliforms on culture; [E coli|Klebsiella] grown in MSU
            CRP {hundreds_low}
            offensive urine; post-void residual {hundreds_low} ml"""),
        "drugs": _prescriptions("""
            nitrofurantoin | 50 mg/100 mg | qds bd
            trimethoprim | 200 mg | bd
            cefalexin | 500 mg/1 g | tds bd
            pivmecillinam | 200 mg/400 mg | tds
            paracetamol | 1 g/500 mg | qds prn
            gentamicin | 240 mg/320 mg | stat | IV
            fosfomycin | 3 g | stat
            ciprofloxacin | 500 mg | bd"""),
    },
    "migraine": {
        "names": phrases("""
            migraine; migraine with aura; acute migraine; migraine without aura; episodic migraine; chronic migraine
            status migrainosus"""),
        "symptoms": ("headache", "nausea", "dizziness", "fatigue", "weakness"),
        "signs": phrases("""
            photophobia; [visual aura|zigzag lines|scintillating scotoma] [before onset|]
            [photo- and phonophobia|phonophobia]
            prefers a dark room; neck supple; fundi normal; CT head [nil acute|normal|NAD]
            triggered by [red wine|lack of sleep|stress]
            {small} attacks a month; CN II-XII intact"""),
        "drugs": _prescriptions("""
            sumatriptan | 50 mg/100 mg | prn
            propranolol | 40 mg/80 mg | bd
            topiramate | 25 mg/50 mg | bd on
            naproxen | 250 mg/500 mg | bd
            metoclopramide | 10 mg | tds stat
            amitriptyline | 10 mg/25 mg | on
            rizatriptan | 10 mg | prn
            zolmitriptan | 2.5 mg | prn"""),
    },
    "reflux": {
        "names": phrases("""
            GORD; reflux; GERD; acid reflux; oesophagitis; gastro-oesophageal reflux; reflux disease; gastritis"""),
        "symptoms": ("abdominal-pain", "chest-pain", "nausea", "cough"),
        "signs": phrases("""
            worse [after meals|lying flat|at night|after spicy food]; heartburn [after meals|at night|]
            acid taste [in mouth|]
            OGD: [grade 1|grade 2] oesophagitis; waterbrash; [small|sliding] hiatus hernia on OGD
            H pylori [negative|neg|awaited]
            relieved by antacids; abdo soft, mild epigastric tenderness; regurgitation after food"""),
        "drugs": _prescriptions("""
            omeprazole | 20 mg/40 mg | od bd
            lansoprazole | 15 mg/30 mg | od
            famotidine | 20 mg/40 mg | bd on
            Gaviscon | 10 ml/20 ml | prn qds
            pantoprazole | 40 mg/20 mg | od
            esomeprazole | 20 mg/40 mg | od
            sucralfate | 1 g | qds"""),
    },
    "stroke": {
        "names": phrases("""
            CVA; stroke; ischaemic stroke; [L|R] MCA infarct; acute CVA; lacunar stroke; [L|R] MCA stroke; PACS
            POCS"""),
        "symptoms": ("weakness", "dizziness", "headache", "nausea"),
        "signs": phrases("""
            NIHSS [4|6|8|11|15]; CT head: [no bleed|early ischaemia|dense MCA sign]; slurred speech
            [L|R] sided neglect; FAST +ve
            [expressive|receptive] dysphasia; upgoing [L|R] plantar; [L|R] homonymous hemianopia
            power {power}/5 [L|R] side
            swallow [unsafe|assessed]; carotid dopplers [booked|requested]; onset {small}h ago"""),
        "drugs": _prescriptions("""
            aspirin | 300 mg | od stat
            clopidogrel | 75 mg/300 mg | od stat
            atorvastatin | 80 mg/40 mg | on
            alteplase | 54 mg/63 mg/72 mg | stat | IV
            labetalol | 10 mg/20 mg | stat | IV
            simvastatin | 40 mg | on
            dipyridamole | 200 mg | bd"""),
    },
}

# --- earlier illnesses: how they are called, what is taken for them, and the diagnosis that they would be today -----
HISTORY = {
    "hypertension": (
        phrases("HTN; hypertension; high BP"),
        "amlodipine|5 mg/10 mg|od; indapamide|1.5 mg/2.5 mg|od",
        None,
    ),
    "thyroid": (phrases("hypothyroidism; underactive thyroid"), "levothyroxine|50 mcg/75 mcg/100 mcg|od", None),
    "depression": (phrases("depression; anxiety; low mood"), "sertraline|50 mg/100 mg|od; citalopram|20 mg|od", None),
    "gout": (phrases("gout"), "allopurinol|100 mg/300 mg|od; colchicine|500 mcg|bd", None),
    "joints": (phrases("OA; osteoarthritis; R THR; L TKR"), "codeine|30 mg/15 mg|qds prn; ibuprofen|400 mg|tds", None),
    "bones": (phrases("osteoporosis; #NOF; hip fracture"), "alendronic acid|70 mg|weekly", None),
    "kidneys": (phrases("CKD3; CKD; AKI last year"), "alfacalcidol|250 nanograms|od", None),
    "epilepsy": (phrases("epilepsy"), "levetiracetam|500 mg/250 mg|bd; lamotrigine|50 mg/100 mg|bd", None),
    "sugar": (phrases("T2DM; type 2 diabetes; NIDDM"), "metformin|500 mg/1 g|bd; gliclazide|80 mg|bd", "diabetes"),
    "rhythm": (phrases("AF; PAF; permanent AF"), "apixaban|5 mg/2.5 mg|bd; warfarin|3 mg|od", "atrial-fibrillation"),
    "lungs": (phrases("COPD; mild COPD; emphysema"), "tiotropium|18 mcg|od|INH; salbutamol|100 mcg|prn|INH", "copd"),
    "heart": (phrases("IHD; previous MI; CABG; angina; 2x stents"), "aspirin|75 mg|od; GTN|400 mcg|prn|SL", "angina"),
    "pump": (phrases("HFrEF; CCF; heart failure"), "furosemide|40 mg|od; bisoprolol|2.5 mg|od", "heart-failure"),
    "stomach": (phrases("GORD; hiatus hernia"), "omeprazole|20 mg|od; lansoprazole|30 mg|od", "reflux"),
    "head": (phrases("migraines; migraine"), "sumatriptan|50 mg|prn; amitriptyline|10 mg|on", "migraine"),
    "brain": (phrases("previous TIA; old CVA; stroke 5 yrs ago"), "clopidogrel|75 mg|od", "stroke"),
    "bladder": (phrases("recurrent UTIs; recurrent cystitis"), "nitrofurantoin|50 mg|on", "urinary-infection"),
    "chest": (phrases("pneumonia as a child; pneumonia last winter"), "", "pneumonia"),
}
HISTORY = {key: (names, _prescriptions(drugs), same) for key, (names, drugs, same) in HISTORY.items()}

# Drugs of which a patient gets no two.
CLASSES = {
    "antibiotic": phrases("""
        amoxicillin; co-amoxiclav; benzylpenicillin; ceftriaxone; levofloxacin; nitrofurantoin; trimethoprim; cefalexin
        pivmecillinam; gentamicin; fosfomycin; ciprofloxacin"""),
    "second antibiotic": phrases("clarithromycin; doxycycline"),
    "anticoagulant": phrases("apixaban; rivaroxaban; warfarin; edoxaban"),
    "beta blocker": phrases("bisoprolol; carvedilol; propranolol; labetalol"),
    "proton pump inhibitor": phrases("omeprazole; lansoprazole; pantoprazole; esomeprazole"),
    "triptan": phrases("sumatriptan; rizatriptan; zolmitriptan"),
    "loop diuretic": phrases("furosemide; bumetanide"),
    "renin blocker": phrases("ramipril; candesartan"),
    "potassium sparer": phrases("spironolactone; eplerenone"),
    "statin": phrases("atorvastatin; simvastatin"),
    "gliptin": phrases("sitagliptin; linagliptin"),
    "dilator": phrases("tiotropium; umeclidinium; ipratropium"),
    "painkiller": phrases("naproxen; ibuprofen"),
    "rhythm drug": phrases("amiodarone; flecainide; diltiazem"),
}

# What the patient can't have, and the drugs that this rules out. They are named, not taken: no medication.
ALLERGIES = {
    "penicillin": ("amoxicillin", "co-amoxiclav", "benzylpenicillin", "pivmecillinam"),
    "trimethoprim": ("trimethoprim",),
    "erythromycin": ("clarithromycin",),
    "aspirin": ("aspirin", "naproxen", "ibuprofen"),
    "codeine": ("codeine",),
    "doxycycline": ("doxycycline",),
    "morphine": (),
    "latex": (),
    "tramadol": (),
}

# --- severity, level 0 to 4: how the patient looks, how bad a symptom is, where it leads ----------------------------
LOOKS = [
    phrases("""
        [looks|appears|systemically] well; comfortable [at rest|on RA|in bed]
        [alert, chatting|sitting up, chatting|walking about the ward]
        [well in self|bright and alert|no distress]; mobilising independently
        eating and drinking[ well| normally|]; NAD [o/e|at present]"""),
    phrases("""
        [a little|slightly] uncomfortable[ but stable|]; [mildly|a bit] unwell
        alert, [full sentences|orientated, stable]; obs [stable|settling]
        stable [overnight|at present|on the ward]; [fairly|reasonably] comfortable
        [managing|tolerating] oral intake; haemodynamically stable"""),
    phrases("""
        moderately unwell; [uncomfortable|restless] [at rest|in bed|on moving]; [short|broken] sentences
        flushed[ and restless|]; off food [and fluids|]
        needs [IV fluids|analgesia|antiemetics]; slow to [settle|improve]; needs [close|4-hourly] obs
        not coping at home[ any more|]; pale[ but alert|]"""),
    phrases("""
        [looks|appears] unwell; [in|marked] distress; clammy [and pale|and grey|]; [very|acutely] unwell
        [pale|grey] and sweaty
        needing [boluses|escalation|one to one care]; deteriorating [overnight|since admission|on the ward]
        triggering on obs; mottled [hands|knees]; confused[ and agitated|]"""),
    phrases("""
        critically [ill|unwell]; in extremis; peri-arrest; GCS [8|9|10|11][ and falling|]
        [barely|only] responsive to [voice|pain]
        in [resus|shock]; [rapidly|acutely] deteriorating despite treatment
        hypotensive despite [fluids|2L fluids]; lactate [5.2|6.1|7.8]; tiring, [may need|for] tube"""),
]
GRADES = [
    phrases("mild; slight; occasional; minor"),
    phrases("mild; intermittent; some; on and off"),
    phrases("moderate; ongoing; troublesome; increasing"),
    phrases("severe; worsening; marked; constant"),
    phrases("severe; sudden severe; excruciating; overwhelming"),
]
LEADS_TO = [
    phrases("""
        [d/c|discharge] home [today|with advice|with safety net|]; [home|d/c] with GP f/u [in 1/52|in 2/52|]
        no need for admission
        GP to [review|repeat bloods] in {weeks}; reassured[, home|, safety netted|]
        [f/u|review] in clinic in {weeks}; no f/u needed"""),
    phrases("""
        [aim|plan to] d/c [tomorrow|this pm|in 24h]; [ambulatory|SDEC|hot clinic] review in {small} days
        observe [for a few hours|overnight]
        [step down|transfer] to [base ward|ward 4]; early [GP|clinic] review[ in 1/52|]
        medically fit [tomorrow|soon]; repeat bloods [in am|in 48h]"""),
    phrases("""
        admit [under medics|to AMU|to the ward|for obs]; [keep|stay] in [overnight|for IV treatment]
        IV access, bloods, [CXR|ECG]; [daily|12-hourly] bloods
        [d/w|discuss with] SpR; [continue|ongoing] inpatient care; repeat obs [2-hourly|4-hourly]; not for d/c yet"""),
    phrases("""
        [urgent|immediate] senior review; [escalate|d/w] to med reg; [admit|transfer] to HDU
        monitored bed[ please|]; hourly obs[ and UO|]; catheterise, hourly UO
        [HDU|outreach] [aware|review]; low threshold for [ITU|HDU]; [NIV|ITU] if no better
        NOK [informed|called in]"""),
    phrases("""
        [ITU|ICU] [review now|aware|bed requested]; [crash|arrest] call put out
        [transfer|straight] to [ITU|ICU|resus]; 2222 call; RSI [planned|in resus]
        [vasopressors|noradrenaline] started via CVC; full escalation, ITU; family [called in|aware of how sick]
        [intubated|tubed] in [ED|resus]"""),
]

# --- frames: {a} {b} {c} are symptoms, {x} {y} {z} such as are absent -------------------------------------------------
PRESENT = {
    1: phrases("""
        c/o {grade} {a}[ {lasts}|]; {a} {lasts}; {who} c/o {a} {lasts}; presents with {grade} {a}
        {who} with {a} {lasts}; {a}, {grade}, {lasts}
        reports {grade} {a}; PC: {a} {lasts}; {a} {lasts}, getting worse; [woke|came in] with {a}; +ve for {a}
        admitted with {grade} {a}
        main problem is {a} {lasts}; has had {a} {lasts}; {who} sent in by GP with {a}
        {who} [complaining|complains] of {a} {lasts}"""),
    2: phrases("""
        c/o {a} and {b}[ {lasts}|]; {who} c/o {a} {lasts}, also {b}; presents with {grade} {a} + {b}
        {a} and {b} {lasts}; {who} with {lasts_of} {a}, {b}
        {grade} {a} {lasts}, [assoc with|a/w] {b}; reports {a}, {b}; PC: {a}, {b} {lasts}; {a} {lasts} then {b}
        {who} brought in with {a} and {grade} {b}
        {who} [presenting|presented] with {a} and {b}; admitted with {a} {lasts} and {b}; sx: {a}, {b}"""),
    3: phrases("""
        c/o {a}, {b} and {c}[ {lasts}|]; {who} c/o {grade} {a}, {b}, {c}
        presents with {a} {lasts}, now {b} and {c}; {a}, {b}, {c} {lasts}
        {who} with {a} and {b} {lasts}, plus {c}; {a} {lasts} a/w {b} + {c}; PC: {a}, {b}, {c}
        admitted with {a} and {b}, then {c}
        {who} presented with {lasts_of} {a}, {b} and {c}; reports {grade} {a}, {b}, [some|also] {c}
        sx: {a}, {b}, {c} {lasts}"""),
}
STILL = phrases("""
    still [c/o|has|reports] {a}; {a} [persists|ongoing|no better|still there]; ongoing {grade} {a}
    continues to have {a}; {grade} {a} again [overnight|today|this am]
    {a} [improving|easing] [slowly|] but not gone; residual {a}""")
ABSENT = {
    1: phrases("""
        denies {x}; no {x}; nil {x}; no [hx|h/o|report] of {x}; {x} denied; without {x}; -ve for {x}
        denies any {x}; no [associated|further] {x}; never had {x}
        pt denies {x}; does not report {x}; {x}: [nil|no|none]"""),
    2: phrases("""
        denies {x}, {y}; no {x} or {y}; denies {x} or {y}; nil {x}, nil {y}; no {x}, no {y}; neither {x} nor {y}
        denies {x} and {y}; -ve for {x}, {y}
        pt denies {x} and {y}; without {x} or {y}; no [hx|h/o] {x} or {y}; {x} and {y} denied"""),
    3: phrases("""
        denies {x}, {y}, {z}; no {x}, {y} or {z}; denies {x}, {y} or {z}; nil {x}, {y}, {z}
        ROS -ve for {x}, {y}, {z}; no {x}, no {y}, no {z}
        pt denies any {x}, {y} or {z}; without {x}, {y} or {z}"""),
}
GONE = phrases("""
    {x} [settled|resolved|gone|now resolved|has settled]
    {x} [resolved|settled] [overnight|since admission|with treatment]
    no further {x}[ since admission| overnight|]
    [previous|earlier] {x} resolved; {x} last [month|year], [resolved|none since]; free of {x} [today|now]""")
NAMED = phrases("""
    imp: {dx}; impression: {dx}; [likely|probable|?] {dx}; Dx {dx}; dx: {dx}; treat as {dx}
    [consistent|in keeping] with {dx}; imp {dx}, [stable|improving|for treatment]
    working dx {dx}; [suspect|suspected] {dx}; [managed|treated|treating] as {dx}; this is {dx}; A/P: {dx}; {dx}
    picture of {dx}; {dx} [confirmed|most likely]""")
GIVEN = {
    1: phrases("""
        [started|start|commenced|commence] [on |]{rx}; {rx} [given|started|commenced]; [cont|continue] {rx}
        plan: {rx}; Rx {rx}; [give|for] {rx}; switched to {rx}
        [treated with|covered with|loaded with] {rx}; TTO: {rx}; [home|discharged] on {rx}; to [take|have] {rx}
        added {rx}; increase to {rx}; {rx} [for {small} days|5/7|7/7]"""),
    2: phrases("""
        [started|start|commenced] {rx} and {rx2}; {rx}, {rx2}; plan: {rx} + {rx2}; Rx {rx}, {rx2}
        [cont|continue] {rx} and {rx2}; {rx} plus {rx2} given
        [treated with|given] {rx} then {rx2}; TTOs: {rx}, {rx2}; [home|discharged] on {rx} and {rx2}
        1. {rx} 2. {rx2}; switched to {rx}, added {rx2}"""),
}
TAKES = {
    1: phrases("""
        DH: {rx}; takes {rx}; on {rx}[ at home|]; meds: {rx}; regular meds {rx}; usual {rx}; already on {rx}
        DHx {rx}; home meds: {rx}; {rx} at home"""),
    2: phrases("""
        DH: {rx}, {rx2}; takes {rx} and {rx2}; meds: {rx}, {rx2}; on {rx} and {rx2}[ at home|]
        regular meds {rx} + {rx2}; home meds {rx}, {rx2}"""),
}
BEFORE = {
    1: phrases("""
        PMH: {ill}; PMHx {ill}; [known|hx of|h/o|background of] {ill}; bg {ill}; PMH of note: {ill}
        pmh incl {ill}; previous medical hx: {ill}
        past hx of {ill}; medical hx {ill}"""),
    2: phrases("""
        PMH: {ill}, {ill2}; PMHx {ill} + {ill2}; [known|hx of|h/o|background of] {ill} and {ill2}
        bg {ill}, {ill2}; PMH {ill} & {ill2}"""),
}
FAMILY = phrases("""
    FH: {relative} {inherited}; FHx: {inherited} in {relative}; {relative} had {inherited}
    {relative} [died of|with] {inherited}[ at {fifty}|]; FH of {inherited} ({relative})
    strong FH of {inherited}; {relative} and {relative2} {inherited}; no FH of {inherited}
    FH: nil of note, [{relative} well|parents well]""")
SOCIAL = phrases("""
    [ex-smoker|smoker|current smoker], {tens} pack years
    lives [alone|with wife|with husband|with daughter|in a NH|in a flat][, independent|, carers BD|, no carers|]
    [never smoked|non-smoker], {teens} units [EtOH|alcohol]/week; retired {job}; works as a {job}
    [walks with stick|frame|independently mobile|housebound], ET {tens} yards
    drinks {teens} units/week; SH: {job}, [non-smoker|ex-smoker|smoker]; quit smoking {small} years ago
    [vapes|smokes] daily, works as {job}""")
ALLERGIC = phrases("""
    allergic to {allergen}; allergies: {allergen}[ (rash)| - rash| (anaphylaxis)|]; {allergen} allergy
    all: {allergen}[, rash|]; [rash|swelling|anaphylaxis|hives] with {allergen} [in past|as a child|]
    intolerant of {allergen}""")
OPENS = {
    "admission": phrases("""
        Clerking.; Admission note.; Seen in ED.; AMU clerking.; Referred by GP.; BIBA.; Admitted via ED.
        Medical clerking."""),
    "progress": phrases("""
        WR [Dr|consultant|SpR|SHO].; [Day|D] {small}.; Ward round.; Day {small} of admission.; ATSP by nurses.
        Seen on ward round.; R/V on ward.; Night team review.
        Reviewed [today|this am|overnight].; Post-take WR."""),
    "discharge": phrases("""
        Discharge summary.; D/c letter.; Discharge note.; Dear GP,; TTO line.; Discharged after {small} days.
        {small} day admission."""),
    "triage": phrases("""
        ED triage.; Triage:; Triage cat [2|3|4].; Ambulance handover.; 111 referral.; Walk-in.; Self-presented."""),
    "clinic": phrases("""
        Clinic review.; OPD.; Seen in clinic [today|this week].; Telephone clinic.; GP consult.
        Reviewed in [medical|ambulatory] clinic.; F/u appt.; Tel consult."""),
}

SLOTS = {
    "who": [form.format(age) for age in range(19, 95) for form in _PEOPLE] + ["pt"] * 150,
    "lasts": [f"x{n}{unit}" for n in (3, 2, 4, 5, 7) for unit in ("d", "/7", " days", "/52", "h")]
    + phrases("""
        for [2|3|4|5] [days|weeks]; for the past [week|few days|month|2 days]
        since [yesterday|this morning|last night|Monday|Friday|the weekend]
        over [24h|2 weeks|the last week]; for {small} days; overnight; x1d; x1/52; on and off for {small} weeks
        [1|2|3]/12"""),
    "lasts_of": phrases(
        "{small} day hx of; {small}/7 hx of; {small} days of; 1 week of; {small} week hx of; 24h of; {small}/52 of"
    ),
    "weeks": phrases("1/52; 2/52; 6/52; 4/52; two weeks; 3/12; a month; 6 weeks"),
    "small": [str(n) for n in (3, 2, 4, 5, 6, 7, 8, 9)],
    "teens": [str(n) for n in range(10, 23)],
    "tens": [str(n) for n in range(10, 60, 5)],
    "fifty": [str(n) for n in range(41, 80)],
    "hundreds": [str(n) for n in range(420, 4800, 73)],
    "hundreds_low": [str(n) for n in range(62, 330, 7)],
    "sugars": [f"{n / 10:.1f}" for n in range(138, 320, 9)],
    "a1c": [str(n) for n in range(68, 128, 3)],
    "power": phrases("3; 4; 2; 1; 0"),
    "relative": phrases("father; mother; brother; sister; dad; mum; uncle; grandfather; aunt; son"),
    "relative2": phrases("cousin; grandmother; twin; half-brother"),
    "inherited": phrases("""
        MI; stroke; T2DM; HTN; bowel ca; IHD; asthma; COPD; AF; migraine; lung ca; DVT; CVA; heart failure; GORD
        sudden death; epilepsy"""),
    "job": phrases("""
        teacher; builder; nurse; plumber; driver; cleaner; joiner; farmer; welder; secretary; miner; chef
        postman; engineer; carer; librarian; baker; electrician"""),
    **{f"often_{code}": [mark("frequency", text) for text in texts] for code, texts in HOW_OFTEN.items()},
}
